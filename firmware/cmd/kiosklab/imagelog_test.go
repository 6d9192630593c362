package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// Layout of the log that QEMU's blklogwrites driver keeps (the format of Linux's
// dm-log-writes, little endian): a sector of magic, version, count and sector size;
// then for each entry a sector that begins with sector, number of sectors, flags
// and a length that is not used, followed by what was written.
const (
	logMagic   = 0x6a736677736872
	logVersion = 1
	logFlush   = 1 << 0
	logFUA     = 1 << 1
	logDiscard = 1 << 2
)

// logEntry is one request of the guest, in bytes.
type logEntry struct {
	at, size int64 // on the disk
	flags    uint64
	data     int64 // where it stands in the log
}

// durable reports whether everything before the entry, or the entry itself with
// it, is on the medium when it is done.
func (e logEntry) durable() bool { return e.flags&(logFlush|logFUA) != 0 }

// readLog lists the entries of a log. One that was cut off by the end of QEMU is
// left out.
func readLog(r io.ReaderAt, size int64) ([]logEntry, error) {
	super := make([]byte, 28)
	if _, err := r.ReadAt(super, 0); err != nil {
		return nil, fmt.Errorf("cannot read the log: %w", err)
	}
	word := func(b []byte, i int) uint64 { return binary.LittleEndian.Uint64(b[8*i:]) }
	sector := int64(binary.LittleEndian.Uint32(super[24:]))
	if word(super, 0) != logMagic || word(super, 1) != logVersion || sector < 512 || sector > 1<<16 {
		return nil, errors.New("no log of writes")
	}
	var list []logEntry
	head := make([]byte, 32)
	for at := sector; at+sector <= size; {
		if _, err := r.ReadAt(head, at); err != nil {
			return nil, fmt.Errorf("cannot read the log: %w", err)
		}
		const most = 1 << 30 // sectors
		if word(head, 0) > most || word(head, 1) > most {
			return nil, fmt.Errorf("entry %d of the log is not one", len(list))
		}
		e := logEntry{at: int64(word(head, 0)) * sector, size: int64(word(head, 1)) * sector, flags: word(head, 2), data: at + sector}
		at = e.data
		if e.flags&logDiscard == 0 {
			at += e.size
		}
		if at > size {
			break
		}
		list = append(list, e)
	}
	return list, nil
}

func TestReadLog(t *testing.T) {
	var b []byte
	entry := func(sector, count, flags uint64, data string) {
		for _, v := range []uint64{sector, count, flags, 0} {
			b = binary.LittleEndian.AppendUint64(b, v)
		}
		b = append(b, make([]byte, 512-32)...)
		b = append(b, data...)
		b = append(b, make([]byte, int(count)*512-len(data))...)
	}
	b = append(b, "rhswfsj\x00\x01\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00"...)
	b = append(b, make([]byte, 512-28)...)
	entry(3, 2, 0, "abc")
	entry(0, 0, 1, "")
	whole := len(b)
	entry(9, 1, 0, "x")
	for _, cut := range []int{whole, len(b) - 1} {
		path := filepath.Join(t.TempDir(), "log")
		if err := os.WriteFile(path, b[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		got, err := readLog(f, int64(cut))
		if err != nil || len(got) != 2 || got[0] != (logEntry{1536, 1024, 0, 1024}) || got[1] != (logEntry{0, 0, 1, 2560}) {
			t.Errorf("cut at %d: %v %v", cut, got, err)
		}
	}
}

func FuzzReadLog(f *testing.F) {
	f.Add([]byte("rhswfsj\x00\x01\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(t.TempDir(), "log")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		list, err := readLog(r, int64(len(b)))
		for i, e := range list {
			if err == nil && (e.at < 0 || e.size < 0 || e.flags&logDiscard == 0 && e.data+e.size > int64(len(b))) {
				t.Errorf("entry %d: %+v", i, e)
			}
		}
	})
}
