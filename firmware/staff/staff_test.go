package staff_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wattkiosk/firmware/boardkey"
	"wattkiosk/firmware/staff"
	"wattkiosk/uplink/credential"
	"wattkiosk/uplink/wire"
)

const (
	kiosk  = "10000001"
	number = "1001"
	pin    = "284915"
)

var noon = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)

// cabinet is a folder, with head office's keys and a clock.
type cabinet struct {
	*staff.Keeper
	t      *testing.T
	dir    string
	sign   ed25519.PrivateKey
	own    *ecdsa.PrivateKey
	office *ecdsa.PrivateKey
	hash   []byte
	at     time.Time
	sealed *boardkey.Board
}

func newCabinet(t *testing.T) *cabinet {
	t.Helper()
	c := &cabinet{t: t, dir: filepath.Join(t.TempDir(), "staff"), at: noon, sealed: boardkey.New(boardkey.Config{})}
	var err error
	if _, c.sign, err = ed25519.GenerateKey(nil); err != nil {
		t.Fatal(err)
	}
	c.own, c.office = newKey(t), newKey(t)
	if c.hash, err = credential.HashPIN(pin); err != nil {
		t.Fatal(err)
	}
	c.open()
	return c
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// open is a start of the program: nothing is left but the folder.
func (c *cabinet) open() {
	c.t.Helper()
	var err error
	c.Keeper, err = staff.Open(c.dir, c.sign.Public().(ed25519.PublicKey), kiosk, c.own, func() time.Time { return c.at }, c.sealed)
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *cabinet) roster(issued int64, change func(*wire.Roster)) wire.Signed {
	c.t.Helper()
	half, err := credential.Half(&c.office.PublicKey)
	if err != nil {
		c.t.Fatal(err)
	}
	r := wire.Roster{
		V: 1, Kiosk: kiosk, Issued: issued, Office: half,
		People: []wire.Person{{Number: number, Name: "王技术", Role: wire.RoleTechnician, PIN: c.hash}},
	}
	if change != nil {
		change(&r)
	}
	s, err := wire.SignRoster(c.sign, r)
	if err != nil {
		c.t.Fatal(err)
	}
	return s
}

func (c *cabinet) accept(s wire.Signed) {
	c.t.Helper()
	if err := c.Accept(s); err != nil {
		c.t.Fatal(err)
	}
}

// code is what head office would tell for the challenge that is shown.
func (c *cabinet) code() string {
	c.t.Helper()
	k, err := credential.Agree(c.office, &c.own.PublicKey)
	if err != nil {
		c.t.Fatal(err)
	}
	return k.Code(kiosk, number, c.Challenge())
}

// refused tries, and holds that it was refused so.
func (c *cabinet) refused(number, pin, code string, want staff.Code, left int) *staff.Refused {
	c.t.Helper()
	who, err := c.Login(number, pin, code)
	var r *staff.Refused
	if !errors.As(err, &r) || r.Code != want || r.Left != left || who != (staff.Person{}) {
		c.t.Fatalf("%+v, %+v (%v); want %s with %d left", who, r, err, want, left)
	}
	return r
}

func (c *cabinet) enters() {
	c.t.Helper()
	who, err := c.Login(number, pin, c.code())
	if err != nil || who != (staff.Person{Number: "1001", Name: "王技术", Role: "technician"}) {
		c.t.Fatalf("%+v, %v", who, err)
	}
}

func TestLogin(t *testing.T) {
	c := newCabinet(t)
	c.refused(number, pin, "00000000", staff.NoRoster, 0)
	if c.Ready() {
		t.Error("ready without a roster")
	}
	c.accept(c.roster(1, nil))
	if !c.Ready() {
		t.Error("not ready")
	}
	c.enters()
	wrong := "00000000"
	if c.code() == wrong {
		wrong = "00000001"
	}
	c.refused("1002", pin, c.code(), staff.Unknown, 4)
	c.refused(number, "284916", c.code(), staff.PIN, 3)
	c.refused(number, pin, wrong, staff.OneTime, 2)
	c.refused(number, pin, "", staff.OneTime, 1)
	c.enters() // the fifth may be right, and takes the others off the count
	c.refused(number, "", "", staff.PIN, 4)
}

// TestCodeIsOpenSSLs computes the code with another tool all the way: ECDH, HKDF and
// HMAC by openssl.
func TestCodeIsOpenSSLs(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not installed")
	}
	c := newCabinet(t)
	c.accept(c.roster(1, nil))
	dir := t.TempDir()
	writePEM := func(name, kind string, der []byte, err error) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err == nil {
			err = os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	der, err := x509.MarshalPKCS8PrivateKey(c.office)
	private := writePEM("office.pem", "PRIVATE KEY", der, err)
	der, err = x509.MarshalPKIXPublicKey(&c.own.PublicKey)
	public := writePEM("kiosk.pem", "PUBLIC KEY", der, err)
	openssl := func(in string, args ...string) []byte {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "openssl", args...)
		cmd.Stdin = strings.NewReader(in)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("openssl %s: %v", args[0], err)
		}
		return out
	}
	secret := openssl("", "pkeyutl", "-derive", "-inkey", private, "-peerkey", public)
	key := openssl("", "kdf", "-binary", "-keylen", "32", "-kdfopt", "digest:SHA256", "-kdfopt", "hexkey:"+hex.EncodeToString(secret),
		"-kdfopt", "info:wattkiosk staff code v1", "HKDF")
	mac := openssl(kiosk+"\x00"+number+"\x00"+c.Challenge(), "dgst", "-sha256", "-mac", "HMAC", "-macopt", "hexkey:"+hex.EncodeToString(key), "-binary")
	n := new(big.Int).Mod(new(big.Int).SetBytes(mac[:8]), big.NewInt(100_000_000)).String()
	code := strings.Repeat("0", 8-len(n)) + n
	if _, err := c.Login(number, pin, code); err != nil {
		t.Errorf("openssl's code %s: %v", code, err)
	}
}

func TestLockOut(t *testing.T) {
	c := newCabinet(t)
	c.accept(c.roster(1, nil))
	before := c.Challenge()
	for left := 4; left >= 0; left-- {
		c.refused("9999", "000000", "00000000", staff.Unknown, left)
		c.open() // the power switch takes nothing back
	}
	if c.Challenge() == before {
		t.Error("the challenge is the same after the series")
	}
	wait := func(want time.Duration) {
		t.Helper()
		if r := c.refused(number, pin, c.code(), staff.Locked, 0); r.Wait != want {
			t.Errorf("wait %v, want %v", r.Wait, want)
		}
	}
	wait(15 * time.Minute)
	c.at = noon.Add(10 * time.Minute)
	wait(5 * time.Minute)
	c.at = noon.Add(-48 * time.Hour) // set back: it starts over
	wait(15 * time.Minute)
	c.open()
	c.at = c.at.Add(14*time.Minute + 59*time.Second)
	wait(time.Second)
	c.at = c.at.Add(time.Second)
	c.enters()
	c.refused(number, "", "", staff.PIN, 4)
}

func TestLockPassesToANewCount(t *testing.T) {
	c := newCabinet(t)
	c.accept(c.roster(1, nil))
	for left := 4; left >= 0; left-- {
		c.refused(number, pin, "x", staff.OneTime, left)
	}
	c.at = c.at.Add(staff.LockTime)
	c.refused(number, pin, "x", staff.OneTime, 4)
}

func TestUnreadableTriesAreLocked(t *testing.T) {
	for name, text := range map[string]string{"cut": `{"failed":`, "empty": "", "negative": `{"failed":-7}`, "many": `{"failed":9000}`, "huge": strings.Repeat(" ", 1<<20)} {
		c := newCabinet(t)
		c.accept(c.roster(1, nil))
		if err := os.WriteFile(filepath.Join(c.dir, "tries.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c.open()
		if _, err := c.Login(number, pin, c.code()); err == nil || err.Error() != "login refused: locked" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestChallengeChanges(t *testing.T) {
	c := newCabinet(t)
	c.accept(c.roster(1, nil))
	differs := func(why string, do func()) {
		t.Helper()
		for range 3 { // one in a million is the same by chance
			before := c.Challenge()
			do()
			if c.Challenge() != before {
				return
			}
		}
		t.Errorf("the challenge is the same %s", why)
	}
	differs("after a login", c.enters)
	differs("after ten minutes", func() { c.at = c.at.Add(10 * time.Minute) })
	differs("after the clock was set back", func() { c.at = c.at.Add(-time.Second) })
	differs("after a start", c.open)
	before := c.Challenge()
	c.at = c.at.Add(10*time.Minute - time.Second)
	if c.Challenge() != before {
		t.Error("it has changed too early")
	}
	late := c.code()
	c.at = c.at.Add(time.Second)
	c.refused(number, pin, late, staff.OneTime, 4)
	used := c.code()
	if _, err := c.Login(number, pin, used); err != nil {
		t.Fatal(err)
	}
	c.refused(number, pin, used, staff.OneTime, 4)
}

func TestRosters(t *testing.T) {
	c := newCabinet(t)
	rename := func(name string) func(*wire.Roster) { return func(r *wire.Roster) { r.People[0].Name = name } }
	is := func(name string) {
		t.Helper()
		who, err := c.Login(number, pin, c.code())
		if err != nil || who.Name != name {
			t.Errorf("%+v, %v; want %s", who, err, name)
		}
	}
	c.accept(c.roster(5, rename("Five")))
	is("Five")
	if err := c.Accept(c.roster(4, rename("Four"))); !errors.Is(err, staff.ErrOld) {
		t.Errorf("older: %v", err)
	}
	is("Five")
	c.accept(c.roster(5, rename("Five"))) // comes again at every connection
	c.accept(c.roster(5, rename("Five too")))
	is("Five too")
	c.open()
	is("Five too")
	if err := c.Accept(c.roster(4, rename("Four"))); !errors.Is(err, staff.ErrOld) {
		t.Errorf("older after a start: %v", err)
	}
	if err := c.Accept(c.roster(9, func(r *wire.Roster) { r.Kiosk = "10000002" })); !errors.Is(err, staff.ErrKiosk) {
		t.Errorf("another kiosk's: %v", err)
	}
	if err := c.Accept(c.roster(9, func(r *wire.Roster) { r.Office = bytes.Repeat([]byte{4}, 65) })); !errors.Is(err, credential.ErrKey) {
		t.Errorf("no point: %v", err)
	}
	bad := c.roster(9, nil)
	bad.Body = bytes.Replace(bad.Body, []byte("1001"), []byte("1002"), 1)
	if err := c.Accept(bad); !errors.Is(err, wire.ErrSignature) {
		t.Errorf("changed: %v", err)
	}
	is("Five too")
	c.accept(c.roster(10, func(r *wire.Roster) { r.People = []wire.Person{} }))
	c.refused(number, pin, c.code(), staff.Unknown, 4)
	left, err := filepath.Glob(filepath.Join(c.dir, "*"))
	if err != nil || len(left) != 2 {
		t.Errorf("%v, %v", left, err)
	}
	for _, path := range left {
		if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", path, st.Mode(), err)
		}
	}
}

// TestRosterOfAnotherKey: a kiosk that was enrolled again at another head office does
// not believe what the old one had signed.
func TestRosterOfAnotherKey(t *testing.T) {
	c := newCabinet(t)
	c.accept(c.roster(5, nil))
	var err error
	if _, c.sign, err = ed25519.GenerateKey(nil); err != nil {
		t.Fatal(err)
	}
	c.open()
	c.refused(number, pin, c.code(), staff.NoRoster, 0)
	c.accept(c.roster(1, nil))
	c.enters()
}

func TestPowerCutInAWrite(t *testing.T) {
	c := newCabinet(t)
	c.accept(c.roster(5, nil))
	if err := os.WriteFile(filepath.Join(c.dir, ".new-123"), []byte(`{"v":1,"bo`), 0o600); err != nil {
		t.Fatal(err)
	}
	c.open()
	c.enters()
	if left, _ := filepath.Glob(filepath.Join(c.dir, ".new-*")); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

// TestNobodyEntersWithoutADisk: a try that cannot be counted is refused.
func TestNobodyEntersWithoutADisk(t *testing.T) {
	c := newCabinet(t)
	c.accept(c.roster(1, nil))
	if err := os.RemoveAll(c.dir); err != nil {
		t.Fatal(err)
	}
	who, err := c.Login(number, pin, c.code())
	var r *staff.Refused
	if err == nil || errors.As(err, &r) || who != (staff.Person{}) {
		t.Errorf("%+v, %v", who, err)
	}
}

func TestKeysThatCannotAgree(t *testing.T) {
	pub, ed, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, private := range map[string]crypto.PrivateKey{"Ed25519": ed, "none": nil} {
		if _, err := staff.Open(t.TempDir(), pub, kiosk, private, time.Now, boardkey.New(boardkey.Config{})); !errors.Is(err, credential.ErrKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := staff.Open(t.TempDir(), nil, kiosk, newKey(t), time.Now, boardkey.New(boardkey.Config{})); err == nil {
		t.Error("opened without head office's key")
	}
}

// TestErrorsTellNothing: neither PIN nor code is in an error.
func TestErrorsTellNothing(t *testing.T) {
	c := newCabinet(t)
	c.accept(c.roster(1, nil))
	for _, try := range [][3]string{{"7777", "135790", "24681357"}, {number, "135790", "24681357"}, {number, pin, "24681357"}} {
		_, err := c.Login(try[0], try[1], try[2])
		if err == nil || strings.Contains(err.Error(), try[1]) || strings.Contains(err.Error(), try[2]) {
			t.Errorf("%v", err)
		}
	}
}
