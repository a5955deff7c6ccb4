package actions

import (
	"context"
	"errors"

	"imagined/apiclient"
	"imagined/state"
)

func doPayout(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	_, err := p.Client.RequestPayout(ctx, e.Target)
	return "", err
}

// findPayout: a payout that was asked for is not pending any more. One that is
// not listed says nothing.
func findPayout(ctx context.Context, p *Performer, e state.Entry) (finding, error) {
	payout, in, err := pick(p.Client.Payouts(ctx, ""), func(o apiclient.Payout) bool { return o.ID == e.Target })
	if err != nil || !in.found {
		return finding{}, err
	}
	return holds(payout.Status != "" && payout.Status != "PENDING", nil)
}

// doSetupPayments hands the address at which a person goes on to KeepSecret:
// who has it can say where the money goes.
func doSetupPayments(ctx context.Context, p *Performer, e state.Entry) (string, error) {
	if p.KeepSecret == nil {
		return "", errNoKeeper("onboardingUrl", "the answer is the address at which a person goes on")
	}
	setup, err := p.Client.SetupPaymentAccount(ctx, body[apiclient.NewPaymentAccount](e))
	switch {
	case err != nil:
		return "", errNoAnswer(err)
	case setup.OnboardingURL == "":
		return "", errors.New("the answer does not say where to go on")
	}
	return "", p.KeepSecret("onboarding", setup.OnboardingURL)
}
