package boardkey

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"sync"
	"sync/atomic"

	"wattkiosk/boards"
)

// Way says how a secret is kept.
type Way string

// The ways, the best one first.
const (
	TPM   Way = "tpm"
	Bound Way = "board"
	Clear Way = "clear"
)

// ways are in the order in which they are tried.
var ways = []Way{TPM, Bound, Clear}

// weaker reports whether a is less than b.
func weaker(a, b Way) bool { return slices.Index(ways, a) > slices.Index(ways, b) }

// Weakest is the least of some; Clear if there are none.
func Weakest(of ...Way) Way {
	if len(of) == 0 {
		return Clear
	}
	least := TPM
	for _, w := range of {
		if weaker(w, least) {
			least = w
		}
	}

	return least
}

// What a file is for.
const (
	JournalKey = "journal key"
	KioskKey   = "kiosk key" // of the kiosk's certificate
	Roster     = "roster"
)

// Errors of a sealed file.
var (
	ErrOtherBoard = errors.New("it was sealed on another board")
	ErrDamaged    = errors.New("it is damaged")
)

const (
	rootSize = 32
	maxFile  = 1 << 20 // bytes
	maxRoots = 16      // that are remembered
)

// Config says what a board can seal with.
type Config struct {
	TPM string      // device, or the socket of a simulated one; "" is none
	IDs []boards.ID // numbers of the board itself
	Kin []string    // sealed files whose root new ones share
	Log *slog.Logger
}

// Board seals and opens. Make it with New.
type Board struct {
	cfg Config

	held atomic.Bool

	mu    sync.Mutex
	roots []*root // that were opened or made
}

// root is what the keys of files are derived from, and how it is wrapped.
type root struct {
	way     Way
	ids     string // names of the numbers it is bound to; of way Bound
	wrapped []byte
	secret  []byte
}

// New makes a Board; it touches nothing yet.
func New(cfg Config) *Board {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Board{cfg: cfg}
}

// Best is the way in which this board can seal now.
func (b *Board) Best() Way {
	for _, w := range []Way{TPM, Bound} {
		if b.has(w) {
			return w
		}
	}

	return Clear
}

// Hold has what lies in clear stay so until Release, and a file that is written be no better
// sealed than the one before it: software that may yet run in this one's place opens nothing
// that is sealed.
func (b *Board) Hold() { b.held.Store(true) }

// Release ends Hold.
func (b *Board) Release() { b.held.Store(false) }

// MayHaveTPM reports whether a TPM may be there, or come.
func (b *Board) MayHaveTPM() bool { return b.cfg.TPM != "" }

// Read is the secret in a file, which may lie in clear.
func (b *Board) Read(path, purpose string) ([]byte, error) {
	c, err := read(path)
	if err != nil {
		return nil, err
	}

	return b.open(c, purpose, false)
}

// WayOf is how a file is kept. It does not open it.
func WayOf(path string) (Way, error) {
	c, err := read(path)
	if err != nil {
		return "", err
	}

	return c.way(), nil
}

// content is what a file holds.
type content struct {
	path   string
	text   []byte
	sealed *sealed // nil: it lies in clear
}

func read(path string) (content, error) {
	st, err := os.Stat(path)
	switch {
	case err != nil:
		return content{}, err
	case !st.Mode().IsRegular() || st.Size() > maxFile:
		return content{}, fmt.Errorf("%s: not a file of at most %d bytes", path, maxFile)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return content{}, err
	}
	f, err := parse(text)
	if err != nil {
		return content{}, fmt.Errorf("%s: %w", path, err)
	}

	return content{path, text, f}, nil
}

func (c content) way() Way {
	if c.sealed == nil {
		return Clear
	}

	return c.sealed.way
}

// open opens what a file holds; again has the way itself asked, whatever is remembered.
func (b *Board) open(c content, purpose string, again bool) ([]byte, error) {
	if c.sealed == nil {
		return c.text, nil
	}

	b.mu.Lock()
	defer b.mu.Unlock()
	r, err := b.rootOf(c.sealed, again)
	if err != nil {
		return nil, fmt.Errorf("%s does not open: %w", c.path, err)
	}
	secret, err := c.sealed.unseal(r.secret, purpose)
	if err != nil {
		return nil, fmt.Errorf("%s does not open: %w", c.path, err)
	}

	return secret, nil
}

// rootOf is the root of a file; mu is held.
func (b *Board) rootOf(f *sealed, again bool) (*root, error) {
	i := slices.IndexFunc(b.roots, func(r *root) bool { return r.way == f.way && string(r.wrapped) == string(f.wrapped) })
	if i >= 0 && !again {
		return b.roots[i], nil
	}
	secret, err := b.unwrap(f.way, f.ids, f.wrapped)
	if err != nil {
		return nil, err
	}
	r := &root{way: f.way, ids: f.ids, wrapped: f.wrapped, secret: secret}
	if i < 0 && len(b.roots) < maxRoots {
		b.roots = append(b.roots, r)
	}

	return r, nil
}

// seal seals a secret in the best way that works, but none weaker than least. In clear it
// is the secret itself.
func (b *Board) seal(secret []byte, purpose string, least Way) ([]byte, Way, error) {
	var errs []error
	for _, w := range ways {
		if w == Clear || weaker(w, least) {
			break
		}
		r, err := b.rootFor(w)
		if err == nil && r != nil {
			text, err := r.seal(secret, purpose)
			return text, w, err
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	if err := errors.Join(errs...); err != nil {
		b.cfg.Log.Warn("a secret is not sealed as it should be", "secret", purpose, "err", err)
	}
	if least != Clear {
		return nil, "", errors.Join(errors.New("it cannot be sealed as it was"), errors.Join(errs...))
	}

	return secret, Clear, nil
}

// rootFor is a root to seal with; nil where the board has nothing of that way.
func (b *Board) rootFor(w Way) (*root, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.has(w) {
		return nil, nil
	}
	for _, path := range b.cfg.Kin {
		if c, err := read(path); err == nil && c.way() == w {
			_, _ = b.rootOf(c.sealed, false) // one that does not open has no kin
		}
	}
	for _, r := range b.roots {
		if r.way == w {
			return r, nil
		}
	}

	secret := make([]byte, rootSize)
	_, _ = rand.Read(secret) // never fails
	r := &root{way: w, secret: secret}
	var err error
	if r.ids, r.wrapped, err = b.wrap(w, secret); err != nil {
		return nil, err
	}
	b.roots = append(b.roots, r)

	return r, nil
}

func (b *Board) has(w Way) bool {
	switch w {
	case TPM:
		if b.cfg.TPM == "" {
			return false
		}
		_, err := os.Stat(b.cfg.TPM)
		return err == nil
	case Bound:
		ids, _ := b.numbers()
		return ids != ""
	}

	return false
}

func (b *Board) wrap(w Way, secret []byte) (ids string, wrapped []byte, err error) {
	if w == TPM {
		wrapped, err = wrapTPM(b.cfg.TPM, secret)
		return "", wrapped, err
	}
	ids, numbers := b.numbers()
	wrapped, err = wrapBound(numbers, secret)

	return ids, wrapped, err
}

func (b *Board) unwrap(w Way, ids string, wrapped []byte) ([]byte, error) {
	switch w {
	case TPM:
		secret, err := unwrapTPM(b.cfg.TPM, wrapped)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, errors.New("it is sealed by a TPM, and this board has none, or its driver is not there yet")
		}
		return secret, err
	case Bound:
		numbers, err := b.numbersOf(ids)
		if err != nil {
			return nil, err
		}
		return unwrapBound(numbers, wrapped)
	}

	return nil, fmt.Errorf("%w: no way %q", ErrDamaged, w)
}
