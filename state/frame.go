package state

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"

	bolt "go.etcd.io/bbolt"
)

// A record is one version byte, the CRC-32C of the payload, and the payload as
// JSON. bbolt itself has no checksums: a flipped bit would be read as it is.
const frameVersion = 1

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func frame(payload []byte) []byte {
	b := make([]byte, 5, 5+len(payload))
	b[0] = frameVersion
	binary.BigEndian.PutUint32(b[1:], crc32.Checksum(payload, castagnoli))
	return append(b, payload...)
}

func unframe(b []byte) ([]byte, error) {
	if len(b) < 5 || b[0] != frameVersion || crc32.Checksum(b[5:], castagnoli) != binary.BigEndian.Uint32(b[1:]) {
		return nil, fmt.Errorf("it does not match its checksum: %w", ErrDamaged)
	}
	return b[5:], nil
}

// get reads one record; ErrNotFound when the key is absent.
func get[T any](b *bolt.Bucket, key []byte) (v T, err error) {
	raw := b.Get(key)
	if raw == nil {
		return v, ErrNotFound
	}
	return decode[T](key, raw)
}

func decode[T any](key, raw []byte) (v T, err error) {
	payload, err := unframe(raw)
	if err == nil {
		err = json.Unmarshal(payload, &v)
	}
	if err != nil {
		return v, fmt.Errorf("record %x: %w", key, err)
	}
	return v, nil
}
