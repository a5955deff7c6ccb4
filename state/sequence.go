package state

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"strings"
)

// sequence is the small file <handle>.seq beside the journal. It names the
// journal and counts its commits, and so tells when the journal was replaced
// by an older copy, or lost.
//
// It is written after every commit, and brought to the disk only now and then:
// a sequence file that lags behind is harmless, one that is ahead of the
// journal is the sign. Two places are written in turn, so that a torn write
// leaves the one before.
type sequence struct {
	file *os.File
}

const (
	sequencePlace = 64 // bytes of one place: CRC, commits, length and text of the journal's id
	maxIdentity   = sequencePlace - 4 - 8 - 1
)

func sequencePath(journal string) string { return strings.TrimSuffix(journal, ".db") + ".seq" }

// openSequence opens the file and reads what it says: nothing when it is new
// or unreadable.
func openSequence(journal string) (s *sequence, id string, commits uint64, err error) {
	f, err := os.OpenFile(sequencePath(journal), os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // beside the journal
	if err != nil {
		return nil, "", 0, fmt.Errorf("open sequence file: %w", err)
	}
	var places [2 * sequencePlace]byte
	if _, err := f.ReadAt(places[:], 0); err != nil && !errors.Is(err, io.EOF) {
		_ = f.Close()
		return nil, "", 0, fmt.Errorf("read sequence file: %w", err)
	}
	for _, place := range [][]byte{places[:sequencePlace], places[sequencePlace:]} {
		if name, n, ok := parseSequence(place); ok && (id == "" || n > commits) {
			id, commits = name, n
		}
	}
	return &sequence{file: f}, id, commits, nil
}

func parseSequence(place []byte) (id string, commits uint64, ok bool) {
	length := int(place[12])
	if crc32.Checksum(place[4:], castagnoli) != binary.BigEndian.Uint32(place) || length == 0 || length > maxIdentity {
		return "", 0, false
	}
	return string(place[13 : 13+length]), binary.BigEndian.Uint64(place[4:]), true
}

// write notes a commit.
func (s *sequence) write(id string, commits uint64) error {
	var place [sequencePlace]byte
	binary.BigEndian.PutUint64(place[4:], commits)
	place[12] = byte(min(len(id), maxIdentity))
	copy(place[13:], id)
	binary.BigEndian.PutUint32(place[:], crc32.Checksum(place[4:], castagnoli))
	_, err := s.file.WriteAt(place[:], int64(commits%2)*sequencePlace)
	return err
}

// forget makes room for another journal, or for an older copy of this one.
func (s *sequence) forget() error { return s.file.Truncate(0) }

func (s *sequence) close() error { return errors.Join(s.file.Sync(), s.file.Close()) }
