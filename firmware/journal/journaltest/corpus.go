package journaltest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"embed"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wattkiosk/firmware/journal"
	"wattkiosk/payments/record"
)

// Corpus is the journal of a kiosk as an older version of the program has left it.
// The program has to open, verify, fold and drain it for ever.
type Corpus struct {
	Name         string
	Kiosk        string
	Key          []byte // nil: in the clear
	First        uint64 // number of the first record; those before were trimmed
	Acknowledged uint64
	Boot         uint32 // starts until then
	Head         record.Head
	Txns         map[string]string // serials, and what became of each: see Corpora
}

//go:embed testdata/*.tar.gz
var archives embed.FS

// Corpora gives every journal that is kept. All of them are one story of seven
// transactions, and end with the power going while a note is on its way:
//
//	paid         130.00 in three notes, posted, slip printed
//	cancelled    no note
//	owed         100.00, refused by head office
//	disputed     50.00, which head office could not confirm
//	note-lost    one note of 100.00 of which nobody knows after a power cut; disputed
//	posting      200.00, ordered and not answered; then a stray note of 20.00
//	note-pending 120.00 credited, and a note of 50.00 accepted; still open
//
// "closed" was closed in order; "cut" is what a power cut left, with the records of
// "paid" trimmed, and those until "owed" acknowledged.
func Corpora(t testing.TB) []Corpus {
	t.Helper()
	story := Corpus{
		Kiosk: "10000001", First: 1, Boot: 2,
		Txns: map[string]string{
			"10000001000000000003": "paid", "10000001000000000014": "cancelled", "10000001000000000016": "owed",
			"10000001000000000023": "disputed", "10000001000000000030": "note-lost", "10000001000000000036": "posting",
			"10000001000000000044": "note-pending",
		},
	}
	story.Head.Seq = 49
	if err := story.Head.Hash.UnmarshalText([]byte("5daf63923184602a02f6035178616c68a2fddfd487ba96b6771c5cd01a33c53d")); err != nil {
		t.Fatal(err)
	}
	var all []Corpus
	for _, name := range []string{"format1-plain-closed", "format1-plain-cut", "format1-sealed-closed", "format1-sealed-cut"} {
		c := story
		c.Name = name
		if strings.Contains(name, "sealed") {
			c.Key = []byte("wattkiosk-corpus")
		}
		if strings.HasSuffix(name, "cut") {
			c.First, c.Acknowledged = 14, 22
		}
		all = append(all, c)
	}
	return all
}

// Unpack puts the journal into a folder of the test's, and gives options that open
// it: with a synchronised clock that begins an hour after its last record.
func (c Corpus) Unpack(t testing.TB) journal.Options {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "journal")
	if err := unpack(c.Name, dir); err != nil {
		t.Fatalf("corpus %s: %v", c.Name, err)
	}
	start, came := time.Date(2026, 11, 23, 12, 35, 0, 0, time.UTC), time.Now()
	return journal.Options{
		Dir: dir, Kiosk: c.Kiosk, Key: c.Key, BallastBytes: -1, ReserveBytes: -1, Scratch: t.TempDir(),
		Clock: func() time.Time { return start.Add(time.Since(came)) },
		Trust: func() record.Trust { return record.Synchronised },
	}
}

func unpack(name, dir string) error {
	f, err := archives.Open("testdata/" + name + ".tar.gz")
	if err != nil {
		return err
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return f.Close()
		}
		if err != nil {
			return err
		}
		path := filepath.Join(dir, filepath.FromSlash(h.Name))
		if h.Typeflag == tar.TypeDir {
			err = os.MkdirAll(path, 0o700)
		} else {
			err = write(path, r)
		}
		if err != nil {
			return err
		}
	}
}

// write leaves holes for zeros: most of a store is space that was taken ahead.
func write(path string, r io.Reader) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	b := make([]byte, 64<<10)
	size := int64(0)
	for err == nil {
		var n int
		n, err = io.ReadFull(r, b)
		if len(bytes.TrimLeft(b[:n], "\x00")) > 0 {
			if _, err := f.WriteAt(b[:n], size); err != nil {
				return errors.Join(err, f.Close())
			}
		}
		size += int64(n)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = f.Truncate(size)
	}
	return errors.Join(err, f.Close())
}
