package duty

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/crypto/nacl/box"

	"wattkiosk/boards"
	"wattkiosk/boards/ground/durable"
	"wattkiosk/firmware/boardkey"
	"wattkiosk/firmware/journalkey"
	"wattkiosk/firmware/staff"
	"wattkiosk/hal/camera"
	"wattkiosk/ota/manifest"
	"wattkiosk/ota/peripheral"
	"wattkiosk/ota/update"
	"wattkiosk/uplink/credential"
	"wattkiosk/uplink/office/ca"
	"wattkiosk/uplink/wire"
)

// keepers are all kinds of small files, by name. A package that writes one with
// boards/ground/durable and nothing around it is stood for by that.
func (j *Job) keepers(ctx context.Context) map[string]keeper {
	return map[string]keeper{
		"ground": replaced{
			func(dir string, b []byte) error { return durable.Replace(filepath.Join(dir, "state"), b) }, readFile("state"),
		},
		"update": replaced{
			func(dir string, b []byte) error { return update.Folder(dir).Save("pending.json", b) },
			func(dir string) ([]byte, error) { return update.Folder(dir).Load("pending.json") },
		},
		"stage":       stage{ctx},
		"stills":      newStills(),
		"roster":      newRoster(),
		"journal-key": made{"journal-key", j, openJournalKey},
		"sealed-key":  made{"sealed-key", j, openSealedKey},
		"office-keys": made{"office-keys", j, openOffice},
		"enrolment":   made{"enrolment", j, newEnrolling(ctx, j).enrol},
	}
}

// mark tells contents apart.
func mark(parts ...[]byte) string {
	sum := sha256.Sum256(bytes.Join(parts, []byte{0}))
	return fmt.Sprintf("%x", sum[:8])
}

func openJournalKey(dir string) (string, error) {
	key, err := journalkey.ReadOrMake(boardkey.New(boardkey.Config{}), filepath.Join(dir, "journal.key"), filepath.Join(dir, "journal"))
	return mark(key), err
}

// openSealedKey has a key that lies in clear sealed to the board, where it lies: whenever the
// power goes, it opens.
func openSealedKey(dir string) (string, error) {
	number, file := filepath.Join(dir, "serial-number"), filepath.Join(dir, "journal.key")
	clear := boardkey.New(boardkey.Config{})
	board := boardkey.New(boardkey.Config{IDs: []boards.ID{{Name: "cpu", Path: number}}})
	err := durable.MakeFolder(dir)
	if err == nil {
		err = durable.Create(number, []byte("100000003d1d1c36"))
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		if _, err := journalkey.ReadOrMake(clear, file, filepath.Join(dir, "journal")); err != nil {
			return "", err
		}
	}
	if _, err := board.Seal(file, boardkey.JournalKey); err != nil {
		return "", err
	}
	key, err := journalkey.Read(board, file)

	return mark(key), err
}

// openOffice opens the keys of head office: authority, policies, staff.
func openOffice(dir string) (string, error) {
	a, err := ca.Open(dir)
	if err != nil {
		return "", err
	}
	policy, _, err := ca.PolicyKey(dir)
	if err != nil {
		return "", err
	}
	staffKey, err := ca.StaffKey(dir)
	if err != nil {
		return "", err
	}
	return mark([]byte(a.CAPEM()), policy, staffKey.Bytes()), nil
}

// stills are pictures that only head office can open; each has its own name.
type stills struct {
	public  *camera.Key
	private *camera.Key
}

func newStills() stills {
	public, private, err := box.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{7}, 64)))
	if err != nil {
		panic(err) // there are bytes enough
	}
	return stills{public, private}
}

func (s stills) put(dir string, n int) error {
	a := camera.Archive{Dir: dir, To: s.public, Retention: time.Hour, MaxBytes: 1 << 30}
	return a.Store(fmt.Sprint(n), []byte(text(n)))
}

func (s stills) found(dir string, n int) (int, error) {
	for ; n > 0; n-- {
		b, err := os.ReadFile(filepath.Join(dir, fmt.Sprint(n)+".jpg.sealed"))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return 0, err
		}
		content, ok := box.OpenAnonymous(nil, b, s.public, s.private)
		if !ok {
			return 0, fmt.Errorf("%d bytes that are no still", len(b))
		}
		return versionOf(string(content))
	}
	return 0, nil
}

// roster is the list of staff, signed by head office.
type roster struct {
	office ed25519.PrivateKey
	half   []byte
	kiosk  *ecdsa.PrivateKey
	people []wire.Person
}

// newRoster has the same keys in each life, as head office and the kiosk do.
func newRoster() roster {
	private, err := ecdh.P256().NewPrivateKey(bytes.Repeat([]byte{5}, 32))
	if err != nil {
		panic(err) // it is a valid key
	}
	half, err := credential.Half(private.PublicKey())
	if err != nil {
		panic(err) // of a valid key
	}
	kiosk, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err) // there is randomness
	}
	pin, err := credential.HashPIN("271828")
	if err != nil {
		panic(err) // it is no easy one
	}
	people := []wire.Person{{Number: "1001", Name: "Li", Role: wire.RoleTechnician, PIN: pin}}
	return roster{ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, 32)), half, kiosk, people}
}

func (r roster) signed(n int) (wire.Signed, error) {
	return wire.SignRoster(r.office, wire.Roster{V: wire.Version, Kiosk: kioskName, Issued: int64(n), Office: r.half, People: r.people})
}

func (r roster) open(dir string) (*staff.Keeper, error) {
	return staff.Open(dir, r.office.Public().(ed25519.PublicKey), kioskName, r.kiosk, time.Now, boardkey.New(boardkey.Config{}))
}

func (r roster) put(dir string, n int) error {
	k, err := r.open(dir)
	if err != nil {
		return err
	}
	s, err := r.signed(n)
	if err != nil {
		return err
	}
	return k.Accept(s)
}

// found asks with rosters one after the other: what is older than the one that is kept
// is refused, and that one itself is not.
func (r roster) found(dir string, n int) (int, error) {
	k, err := r.open(dir)
	if err != nil || !k.Ready() {
		return 0, err
	}
	for v := max(1, n-3); ; v++ {
		s, err := r.signed(v)
		if err != nil {
			return 0, err
		}
		if err := k.Accept(s); !errors.Is(err, staff.ErrOld) {
			return v, err
		}
	}
}

// stage is a firmware on its way into a device that never takes it.
type stage struct{ ctx context.Context }

// device is a note validator that says its version and keeps the image it is given.
type device struct{ image []byte }

var errNoPower = errors.New("the device has no power")

func (d *device) Check([]byte, manifest.Device) error { return nil }

func (d *device) Current(context.Context) (peripheral.Firmware, error) {
	return peripheral.Firmware{Model: "NV9", Version: "0"}, nil
}

func (d *device) Verify(context.Context) (peripheral.Firmware, error) {
	return peripheral.Firmware{}, errNoPower
}

func (d *device) Flash(_ context.Context, image []byte, _ func(int)) error {
	d.image = image
	return errNoPower
}

func (s stage) installer(dir string, d *device) *peripheral.Installer {
	return &peripheral.Installer{
		Dir: dir, Handlers: map[peripheral.Key]peripheral.Handler{{Class: "bill", Driver: "ssp"}: d},
		Lease: func(context.Context, manifest.Device) (func(), error) { return func() {}, nil },
	}
}

func (s stage) put(dir string, n int) error {
	d := manifest.Device{Class: "bill", Driver: "ssp", Model: "NV9", Version: fmt.Sprint(n)}
	_, err := s.installer(dir, &device{}).InstallImage(s.ctx, "validator", d, []byte(text(n)))
	if errors.Is(err, errNoPower) { // it stays staged
		return nil
	}
	return errors.Join(err, errors.New("the device took the firmware"))
}

func (s stage) found(dir string, _ int) (int, error) {
	var d device
	i := s.installer(dir, &d)
	staged, ok, err := i.Staged()
	if err != nil || !ok {
		return 0, err
	}
	if err := i.Resume(s.ctx); !errors.Is(err, errNoPower) {
		return 0, fmt.Errorf("what is staged cannot be resumed: %v", err)
	}
	n, err := versionOf(string(d.image))
	if err == nil && fmt.Sprint(n) != staged.Device.Version {
		err = fmt.Errorf("image %d is staged as version %s", n, staged.Device.Version)
	}
	return n, err
}
