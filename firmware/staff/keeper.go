package staff

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"wattkiosk/boards/ground/durable"
	"wattkiosk/uplink/credential"
	"wattkiosk/uplink/wire"
)

// Bounds of logging in.
const (
	MaxTries      = 5                // that fail in a row
	LockTime      = 15 * time.Minute // after them
	ChallengeTime = 10 * time.Minute // how long one is good for
)

// Errors of Accept.
var (
	ErrOld   = errors.New("roster is older than the one that is kept")
	ErrKiosk = errors.New("roster is of another kiosk")
)

// Code says why a login was refused. It is stable.
type Code string

// The codes. A screen should have one and the same sentence for Unknown, PIN and
// OneTime, so that nobody can find out which was right.
const (
	NoRoster Code = "no-roster" // head office has sent none yet
	Locked   Code = "locked"    // for Wait, after MaxTries
	Unknown  Code = "unknown"   // nobody has this number
	PIN      Code = "pin"
	OneTime  Code = "code" // not the one for the challenge, or the challenge has run out
)

// Refused is the error of Login when a person may not enter.
type Refused struct {
	Code Code
	Left int           // tries before it locks
	Wait time.Duration // until the next try; 0 unless Locked
}

// Error implements error.
func (r *Refused) Error() string { return "login refused: " + string(r.Code) }

// Person is who has logged in.
type Person struct {
	Number string
	Name   string
	Role   wire.Role
}

// Keeper keeps the roster and lets people in. It is safe for concurrent use; Login
// takes some tenths of a second, because a PIN is hashed slowly.
type Keeper struct {
	files   files
	office  ed25519.PublicKey
	kiosk   string
	private crypto.PrivateKey
	now     func() time.Time

	entry sync.Mutex // one login at a time

	mu        sync.Mutex
	signed    wire.Signed
	roster    *wire.Roster // nil: none
	key       credential.Key
	tries     tries
	challenge string
	since     time.Time // of the challenge
}

// Open reads what is kept in dir, which it makes if it is not there. officeKey is
// what head office signs with (the key of offline policies), kiosk the terminal
// number, private the key of the kiosk's certificate, and now the time by which
// locks end: time.Now, so that in one run of the program a clock that is set counts
// for nothing. A certificate key that no code can be made with, as is an Ed25519
// key or none, is credential.ErrKey. sealed
// keeps the roster.
func Open(dir string, officeKey ed25519.PublicKey, kiosk string, private crypto.PrivateKey, now func() time.Time, sealed Sealed) (*Keeper, error) {
	if err := credential.CheckPrivate(private); err != nil {
		return nil, fmt.Errorf("cannot open staff: %w", err)
	}
	if len(officeKey) != ed25519.PublicKeySize {
		return nil, errors.New("cannot open staff: no key of head office")
	}
	if err := durable.MakeFolder(dir); err != nil {
		return nil, fmt.Errorf("cannot open staff: %w", err)
	}
	k := &Keeper{files: files{dir, sealed}, office: officeKey, kiosk: kiosk, private: private, now: now}
	if err := k.load(); err != nil {
		return nil, fmt.Errorf("cannot open staff: %w", err)
	}
	return k, nil
}

func (k *Keeper) load() error {
	if err := durable.Sweep(k.files.dir); err != nil {
		return err
	}

	var s wire.Signed
	if k.files.readRoster(&s) == nil {
		if r, key, err := k.check(s); err == nil {
			k.signed, k.roster, k.key = s, &r, key
		}
	}

	err := k.files.read(triesFile, &k.tries)
	switch {
	case errors.Is(err, os.ErrNotExist):
		k.tries = tries{}
	case err != nil || !k.tries.sane():
		k.tries = tries{Failed: MaxTries, At: k.now()}
		return k.files.write(triesFile, k.tries)
	}

	return nil
}

// check opens a roster and agrees on the key of codes.
func (k *Keeper) check(s wire.Signed) (wire.Roster, credential.Key, error) {
	r, err := wire.OpenRoster(k.office, s)
	if err != nil {
		return r, credential.Key{}, err
	}
	if r.Kiosk != k.kiosk {
		return r, credential.Key{}, ErrKiosk
	}
	half, err := credential.ParseHalf(r.Office)
	if err != nil {
		return r, credential.Key{}, err
	}
	key, err := credential.Agree(k.private, half)
	return r, key, err
}

// Rekey has codes made with another key of the kiosk's certificate from now on: it was
// renewed, and head office makes them with the newest.
func (k *Keeper) Rekey(private crypto.PrivateKey) error {
	if err := credential.CheckPrivate(private); err != nil {
		return fmt.Errorf("cannot take another key: %w", err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.private = private
	if k.roster == nil {
		return nil
	}
	_, key, err := k.check(k.signed)
	if err != nil {
		return fmt.Errorf("cannot take another key: %w", err)
	}
	k.key = key

	return nil
}

// Accept takes a signed roster that came on cfg, and keeps it durably. The roster
// that is kept already is nil. One that is older is ErrOld, one of another kiosk
// ErrKiosk, one that head office did not sign wire.ErrSignature.
func (k *Keeper) Accept(signed wire.Signed) error {
	k.mu.Lock()
	defer k.mu.Unlock()

	r, key, err := k.check(signed)
	if err != nil {
		return fmt.Errorf("cannot accept roster: %w", err)
	}
	switch {
	case k.roster != nil && bytes.Equal(k.signed.Body, signed.Body):
		return nil
	case k.roster != nil && r.Issued < k.roster.Issued:
		return fmt.Errorf("cannot accept roster: %w", ErrOld)
	}

	if err := k.files.writeRoster(signed); err != nil {
		return fmt.Errorf("cannot accept roster: %w", err)
	}

	k.signed, k.roster, k.key = signed, &r, key
	return nil
}

// Seal seals the roster where it lies in clear.
func (k *Keeper) Seal() error {
	k.mu.Lock()
	defer k.mu.Unlock()

	return k.files.seal()
}

// Ready reports whether there is a roster with anybody in it.
func (k *Keeper) Ready() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.roster != nil && len(k.roster.People) > 0
}

// Challenge is what the screen shows, 6 digits. It is another one after a login,
// after MaxTries that failed, and after ChallengeTime: ask again when the screen is
// drawn.
func (k *Keeper) Challenge() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.current()
}

func (k *Keeper) current() string {
	now := k.now()
	age := now.Sub(k.since)
	if k.challenge == "" || age < 0 || age >= ChallengeTime {
		c, err := credential.NewChallenge()
		if err != nil {
			return "" // there is no randomness: nobody can log in
		}
		k.challenge, k.since = c, now
	}
	return k.challenge
}
