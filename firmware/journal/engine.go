package journal

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
)

// Badger's sizes for a small device. BaseTableSize is 4 × MemTableSize because
// smaller tables are corrupted on 32-bit targets.
//
// No table is ever merged: an error while Badger (4.9.6) makes a merged table is
// dropped by it, and with the error every record of the tables that went into it.
// So there are no compactors, and no number of tables at which writing would wait
// for them.
const (
	memTableSize     = 1 << 20
	memTables        = 2
	baseTableSize    = 4 * memTableSize
	valueLogFileSize = 1 << 20
	valueThreshold   = 16 << 10 // above the largest value: the value log stays empty
	blockCacheSize   = 1 << 20
	indexCacheSize   = 1 << 20
	noStall          = 1 << 20
)

// indexOptions are those of the index.
func indexOptions(dir string, key []byte, log *slog.Logger) badger.Options {
	return badger.DefaultOptions(dir).
		WithSyncWrites(true).
		WithMemTableSize(memTableSize).
		WithNumMemtables(memTables).
		WithBaseTableSize(baseTableSize).
		WithValueLogFileSize(valueLogFileSize).
		WithValueThreshold(valueThreshold).
		WithBlockCacheSize(blockCacheSize).
		WithIndexCacheSize(indexCacheSize).
		WithNumCompactors(0).
		WithNumLevelZeroTables(noStall - 1).
		WithNumLevelZeroTablesStall(noStall).
		WithCompression(options.None).
		WithChecksumVerificationMode(options.OnBlockRead).
		WithDetectConflicts(false).
		WithMetricsEnabled(false).
		WithEncryptionKey(key).
		WithLogger(engineLog{log})
}

// format1Options are those that journals of format 1 were written with, as far as
// they matter to read one.
func format1Options(dir string, key []byte, log *slog.Logger) badger.Options {
	return indexOptions(dir, key, log).
		WithMemTableSize(4 << 20).
		WithBaseTableSize(16 << 20).
		WithValueLogFileSize(16 << 20).
		WithValueThreshold(64 << 10).
		WithBlockCacheSize(2 << 20)
}

// openEngine opens Badger and turns its panics into errors.
func openEngine(o badger.Options) (db *badger.DB, err error) {
	defer func() {
		if p := recover(); p != nil {
			db, err = nil, fmt.Errorf("%w: %v", ErrCorrupt, p)
		}
	}()
	db, err = badger.Open(o)
	switch {
	case err == nil:
		return db, nil
	case errors.Is(err, badger.ErrEncryptionKeyMismatch):
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	case strings.Contains(err.Error(), "directory lock"):
		return nil, fmt.Errorf("%w: %w", ErrLocked, err)
	}
	// Badger wraps most errors as text only.
	text := err.Error()
	if strings.Contains(text, "checksum") || strings.Contains(text, "orrupt") || strings.Contains(text, "nvalid") {
		err = fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return nil, err
}

// guard turns a panic of Badger over damaged blocks into ErrCorrupt.
func guard(fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", ErrCorrupt, p)
		}
	}()
	return fn()
}

// look calls fn with a snapshot of a store.
func look(db *badger.DB, fn func(*badger.Txn) error) error {
	return guard(func() error {
		txn := db.NewTransaction(false)
		defer txn.Discard()
		return fn(txn)
	})
}

// scanKeys calls fn with each entry of a prefix; what it gets it may not keep.
func scanKeys(txn *badger.Txn, prefix []byte, fn func(k, v []byte) error) error {
	o := badger.DefaultIteratorOptions
	o.Prefix, o.PrefetchValues = prefix, false
	it := txn.NewIterator(o)
	defer it.Close()
	for it.Seek(prefix); it.Valid(); it.Next() {
		err := it.Item().Value(func(v []byte) error { return fn(it.Item().Key(), v) })
		if err != nil {
			return err
		}
	}
	return nil
}

// dropEmptyLogs removes logs of 0 bytes, which Badger does not open: a power cut left
// them while they were being made, or when they were cut to nothing to be removed.
// What was synced is in none of them.
func dropEmptyLogs(dir string) error {
	for _, pattern := range []string{"*.mem", "*.vlog"} {
		names, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return err
		}
		for _, name := range names {
			fi, err := os.Stat(name)
			if err == nil && fi.Size() == 0 {
				err = os.Remove(name)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// engineLog passes Badger's messages on, one level lower: what matters to a
// caller comes back as an error.
type engineLog struct{ log *slog.Logger }

func (l engineLog) Errorf(f string, a ...any)   { l.log.Error("badger: " + line(f, a)) }
func (l engineLog) Warningf(f string, a ...any) { l.log.Warn("badger: " + line(f, a)) }
func (l engineLog) Infof(f string, a ...any)    { l.log.Debug("badger: " + line(f, a)) }
func (engineLog) Debugf(string, ...any)         {}

func line(f string, a []any) string { return strings.TrimSpace(fmt.Sprintf(f, a...)) }
