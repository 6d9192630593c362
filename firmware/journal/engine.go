package journal

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
)

// Badger's sizes for a small device. BaseTableSize is 4 × MemTableSize because
// smaller tables are corrupted on 32-bit targets.
const (
	memTableSize     = 4 << 20
	memTables        = 2
	baseTableSize    = 4 * memTableSize
	valueLogFileSize = 16 << 20
	valueThreshold   = 64 << 10
	blockCacheSize   = 2 << 20
	indexCacheSize   = 1 << 20
	compactors       = 2
)

func engineOptions(dir string, key []byte, log *slog.Logger) badger.Options {
	return badger.DefaultOptions(dir).
		WithSyncWrites(true).
		WithMemTableSize(memTableSize).
		WithNumMemtables(memTables).
		WithBaseTableSize(baseTableSize).
		WithValueLogFileSize(valueLogFileSize).
		WithValueThreshold(valueThreshold).
		WithBlockCacheSize(blockCacheSize).
		WithIndexCacheSize(indexCacheSize).
		WithNumCompactors(compactors).
		WithCompression(options.None).
		WithChecksumVerificationMode(options.OnBlockRead).
		WithDetectConflicts(false).
		WithMetricsEnabled(false).
		WithEncryptionKey(key).
		WithLogger(engineLog{log})
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

// engineLog passes Badger's messages on, one level lower: what matters to a
// caller comes back as an error.
type engineLog struct{ log *slog.Logger }

func (l engineLog) Errorf(f string, a ...any)   { l.log.Error("badger: " + line(f, a)) }
func (l engineLog) Warningf(f string, a ...any) { l.log.Warn("badger: " + line(f, a)) }
func (l engineLog) Infof(f string, a ...any)    { l.log.Debug("badger: " + line(f, a)) }
func (engineLog) Debugf(string, ...any)         {}

func line(f string, a []any) string { return strings.TrimSpace(fmt.Sprintf(f, a...)) }
