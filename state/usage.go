package state

import (
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// ErrBudget says that the day's tokens or money are spent. It is ErrMoney as
// well where it is the money.
var (
	ErrBudget = errors.New("model budget of the day is spent")
	ErrMoney  = fmt.Errorf("%w", ErrBudget)
)

// Usage is what the model cost on one local day. Reserved is for calls whose
// price is not known yet; a call that died keeps its reservation.
type Usage struct {
	Calls       int     `json:"calls"`  // requests that may have left
	Input       int     `json:"input"`  // tokens
	Output      int     `json:"output"` // tokens
	USD         float64 `json:"usd"`
	Reserved    int     `json:"reserved"` // tokens
	ReservedUSD float64 `json:"reserved_usd"`
}

// Tokens is all tokens spent or reserved.
func (u Usage) Tokens() int { return u.Input + u.Output + u.Reserved }

// Reservation is what one model call may cost at most.
type Reservation struct {
	Day    string // local day, "2006-01-02"
	Tokens int
	USD    float64
}

// Reserve sets tokens and money aside before a model call. It returns
// ErrBudget when the call could break a cap; a nil money cap does not limit.
func (s *Store) Reserve(r Reservation, maxTokens int, maxUSD *float64) error {
	return s.update(func(tx *txn) error {
		u, err := usage(tx.Tx, r.Day)
		if err != nil {
			return err
		}
		if u.Tokens()+r.Tokens > maxTokens {
			return fmt.Errorf("%w: %d of %d tokens used, the call may need %d", ErrBudget, u.Tokens(), maxTokens, r.Tokens)
		}
		if maxUSD != nil && u.USD+u.ReservedUSD+r.USD > *maxUSD {
			return fmt.Errorf("%w: $%.4f of $%.2f used, the call may need $%.4f", ErrMoney, u.USD+u.ReservedUSD, *maxUSD, r.USD)
		}
		u.Calls++
		u.Reserved += r.Tokens
		u.ReservedUSD += r.USD
		return tx.put(bucketUsage, []byte(r.Day), u)
	})
}

// Settle replaces a reservation by what the call cost.
func (s *Store) Settle(r Reservation, input, output int, usd float64) error {
	return s.update(func(tx *txn) error {
		u, err := usage(tx.Tx, r.Day)
		if err != nil {
			return err
		}
		u.Input += input
		u.Output += output
		u.USD += usd
		u.Reserved -= r.Tokens
		u.ReservedUSD -= r.USD
		return tx.put(bucketUsage, []byte(r.Day), u)
	})
}

// UsageOf returns what was used on a local day.
func (s *Store) UsageOf(day string) (u Usage, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		u, err = usage(tx, day)
		return err
	})
	return u, err
}

func usage(tx *bolt.Tx, day string) (Usage, error) {
	u, err := get[Usage](tx.Bucket(bucketUsage), []byte(day))
	if errors.Is(err, ErrNotFound) {
		return Usage{}, nil
	}
	return u, err
}
