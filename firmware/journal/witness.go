package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"

	"wattkiosk/payments/record"
)

// witness is the side file with the last head that a caller was told of: magic
// "wkw1", seq, hash, CRC-32C. It is written after the commit, so it can be older
// than the journal, never newer. It fits in one sector, so it cannot tear.
type witness struct{ f *os.File }

const (
	witnessMagic = "wkw1"
	witnessSize  = len(witnessMagic) + headSize + 4
)

func openWitness(dir string, mode int) (witness, error) {
	f, err := os.OpenFile(filepath.Join(dir, "witness"), mode, 0o600)
	if err != nil {
		return witness{}, fmt.Errorf("cannot open the witness: %w", err)
	}
	return witness{f}, nil
}

func (w witness) write(h record.Head) error {
	b := append(make([]byte, 0, witnessSize), witnessMagic...)
	b = append(b, encodeHead(h)...)
	b = binary.BigEndian.AppendUint32(b, crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
	if _, err := w.f.WriteAt(b, 0); err != nil {
		return fmt.Errorf("cannot write the witness: %w", err)
	}
	return nil
}

// read gives the witnessed head; ok is false where there is none that can be
// believed, which is no error: a power cut may take it.
func (w witness) read() (h record.Head, ok bool, err error) {
	b := make([]byte, witnessSize)
	n, err := w.f.ReadAt(b, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return h, false, fmt.Errorf("cannot read the witness: %w", err)
	}
	body := b[:witnessSize-4]
	if n != witnessSize || string(b[:len(witnessMagic)]) != witnessMagic ||
		binary.BigEndian.Uint32(b[len(body):]) != crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)) {
		return h, false, nil
	}
	h, err = decodeHead(body[len(witnessMagic):])
	return h, err == nil, err
}

func (w witness) close() error {
	if w.f == nil {
		return nil
	}
	return errors.Join(w.f.Sync(), w.f.Close())
}
