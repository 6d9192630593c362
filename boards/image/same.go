package image

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// Same compares two builds of one recipe byte by byte. The error names the first
// part that differs, and where.
func Same(a, b Description) error {
	for _, part := range []string{a.Boot, a.Root, a.Disk, a.SBOM, a.KeyTree} {
		if err := sameFile(a.Path(part), b.Path(part)); err != nil {
			return fmt.Errorf("the builds differ: %w", err)
		}
	}
	return nil
}

func sameFile(a, b string) error {
	fa, err := os.Open(a)
	if err != nil {
		return err
	}
	defer fa.Close()
	fb, err := os.Open(b)
	if err != nil {
		return err
	}
	defer fb.Close()
	const block = 1 << 16
	ba, bb := make([]byte, block), make([]byte, block)
	for at := int64(0); ; at += block {
		na, erra := io.ReadFull(fa, ba)
		nb, errb := io.ReadFull(fb, bb)
		if !bytes.Equal(ba[:na], bb[:nb]) {
			return fmt.Errorf("%s and %s, in the %d bytes from byte %d on", a, b, block, at)
		}
		if done(erra) || done(errb) {
			return nil
		}
		if err := errors.Join(erra, errb); err != nil {
			return err
		}
	}
}

func done(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }
