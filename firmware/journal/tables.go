package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/pb"
	"github.com/dgraph-io/badger/v4/table"
	"github.com/dgraph-io/badger/v4/y"
	"google.golang.org/protobuf/proto"
)

const maxChecksum = 64 // bytes of a table's encoded checksum

// checkTables looks at what Badger would answer with the end of the process, or
// by leaving a table out: a manifest that is gone, and the footers of the tables
// in the manifest (others are what a power cut left, and Badger removes them).
//
// Strict asks also that no table was left out at the end: of what can be made anew.
//
//	… | index | its length (4) | checksum | its length (4)
func checkTables(o badger.Options, strict bool) (err error) {
	f, err := os.Open(filepath.Join(o.Dir, badger.ManifestFilename))
	if errors.Is(err, fs.ErrNotExist) {
		return noTables(o.Dir)
	}
	if err != nil {
		return fmt.Errorf("cannot open the manifest: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	m, end, err := badger.ReplayManifestFile(f, o.ExternalMagicVersion, o)
	if err != nil {
		return fmt.Errorf("%w: manifest: %w", ErrCorrupt, err)
	}
	if strict {
		if err := checkNames(f, end, m, o.Dir); err != nil {
			return err
		}
	}
	for id := range m.Tables {
		if err := checkTable(table.NewFilename(id, o.Dir)); err != nil {
			return fmt.Errorf("%w: table %d: %w", ErrCorrupt, id, err)
		}
	}
	return nil
}

// checkNames refuses what a power cut can leave as well as damage: a manifest with a
// torn end, a table that it does not name, several logs to replay.
func checkNames(manifest *os.File, end int64, m badger.Manifest, dir string) error {
	fi, err := manifest.Stat()
	if err != nil {
		return err
	}
	if fi.Size() != end {
		return fmt.Errorf("%w: the manifest ends after %d of %d bytes", ErrCorrupt, end, fi.Size())
	}
	tables, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	if err != nil {
		return err
	}
	for _, name := range tables {
		id, ok := table.ParseFileID(name)
		if _, named := m.Tables[id]; !ok || !named {
			return fmt.Errorf("%w: %s is not in the manifest", ErrCorrupt, filepath.Base(name))
		}
	}
	logs, err := filepath.Glob(filepath.Join(dir, "*.mem"))
	if err == nil && len(logs) > 1 {
		err = fmt.Errorf("%w: %d logs", ErrCorrupt, len(logs))
	}
	return err
}

// noTables guards against Badger's habit of removing every table that the
// manifest does not name.
func noTables(dir string) error {
	names, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	if err == nil && len(names) > 0 {
		err = fmt.Errorf("%w: %d tables without a manifest", ErrCorrupt, len(names))
	}
	return err
}

func checkTable(name string) (err error) {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	fi, err := f.Stat()
	if err != nil {
		return err
	}
	at := fi.Size()
	sum, at, err := lastPart(f, at, maxChecksum)
	if err != nil {
		return fmt.Errorf("checksum: %w", err)
	}
	index, _, err := lastPart(f, at, at)
	if err != nil {
		return fmt.Errorf("index: %w", err)
	}
	want := new(pb.Checksum)
	if err := proto.Unmarshal(sum, want); err != nil {
		return fmt.Errorf("checksum: %w", err)
	}
	return y.VerifyChecksum(index, want)
}

// lastPart reads the part before end that is followed by its length.
func lastPart(f io.ReaderAt, end, limit int64) (part []byte, start int64, err error) {
	var n [4]byte
	if end < int64(len(n)) {
		return nil, 0, io.ErrUnexpectedEOF
	}
	if _, err := f.ReadAt(n[:], end-4); err != nil {
		return nil, 0, err
	}
	size := int64(binary.BigEndian.Uint32(n[:]))
	start = end - 4 - size
	if size == 0 || size > limit || start < 0 {
		return nil, 0, fmt.Errorf("length %d does not fit", size)
	}
	part = make([]byte, size)
	_, err = f.ReadAt(part, start)
	return part, start, err
}
