package peripheral_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"aead.dev/minisign"

	"wattkiosk/ota/bundle"
	"wattkiosk/ota/manifest"
	"wattkiosk/ota/peripheral"
)

var errPower = errors.New("no power")

// validator is a device of 16-byte pages. Its version is what its memory begins with
// once it has been written whole.
type validator struct {
	model, version string
	memory         []byte
	loader         bool
	cut            int // pages that are still written; negative = no limit
	flashed        int // times that a flash began
	mute           bool
	stubborn       bool // takes everything and stays what it is
	refuses        error
}

const page = 16

func (v *validator) Current(context.Context) (peripheral.Firmware, error) {
	if v.loader {
		return peripheral.Firmware{Loader: true}, nil
	}
	return peripheral.Firmware{Model: v.model, Version: v.version}, nil
}

func (v *validator) Check(image []byte, _ manifest.Device) error {
	if !bytes.Contains(image, []byte("|")) {
		return errors.New("it has no version")
	}
	return nil
}

func (v *validator) Flash(_ context.Context, image []byte, progress func(int)) error {
	if v.refuses != nil {
		return v.refuses
	}
	v.flashed++
	v.loader, v.memory = true, nil
	for at := 0; at < len(image); at += page {
		if v.cut == 0 {
			return errPower
		}
		v.cut--
		v.memory = append(v.memory, image[at:min(at+page, len(image))]...)
		progress(len(v.memory))
	}
	v.loader = false
	if !v.stubborn {
		version, _, _ := bytes.Cut(v.memory, []byte("|"))
		v.version = string(version)
	}
	return nil
}

func (v *validator) Verify(ctx context.Context) (peripheral.Firmware, error) {
	if v.mute {
		return peripheral.Firmware{}, errors.New("no answer")
	}
	return v.Current(ctx)
}

// kiosk is one kiosk with one validator; its folder outlives its restarts.
type kiosk struct {
	t      *testing.T
	dir    string
	dev    *validator
	leased int
	busy   bool
	last   peripheral.Progress
}

func newKiosk(t *testing.T) *kiosk {
	return &kiosk{t: t, dir: filepath.Join(t.TempDir(), "firmware"), dev: &validator{model: "NV9USB", version: "4.9", cut: -1}}
}

// installer is that of one run of the software.
func (k *kiosk) installer() *peripheral.Installer {
	return &peripheral.Installer{
		Dir:      k.dir,
		Handlers: map[peripheral.Key]peripheral.Handler{{Class: "bill", Driver: "ssp"}: k.dev},
		Lease: func(context.Context, manifest.Device) (func(), error) {
			if k.busy {
				return nil, peripheral.ErrBusy
			}
			k.leased++
			return func() { k.leased-- }, nil
		},
		Progress: func(p peripheral.Progress) {
			if k.leased != 1 {
				k.t.Error("flashed while the device is in service")
			}
			k.last = p
		},
	}
}

// staged is how many files lie in the folder.
func (k *kiosk) staged() int {
	k.t.Helper()
	entries, err := os.ReadDir(k.dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		k.t.Fatal(err)
	}
	return len(entries)
}

// image is a firmware of the given version.
func image(version string) []byte {
	return append([]byte(version+"|"), bytes.Repeat([]byte{0xA5, 0x5A, 7}, 100)...)
}

func device(version string) manifest.Device {
	return manifest.Device{Class: "bill", Driver: "ssp", Model: "NV9USB", Version: version}
}

// bring makes and opens a bundle with one firmware.
func bring(t *testing.T, d manifest.Device, firmware []byte) *bundle.Bundle {
	t.Helper()
	now := time.Date(2026, time.November, 26, 2, 0, 0, 0, time.UTC)
	pub, priv, err := minisign.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	ring, err := json.Marshal(bundle.Keyring{Version: 1, Expires: now.AddDate(1, 0, 0), Threshold: 1, Keys: []bundle.Key{
		{Name: "k", Key: pub.String(), NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(1, 0, 0)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "firmware")
	if err := os.WriteFile(path, firmware, 0o600); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	err = bundle.Write(&b, bundle.Spec{
		Manifest: manifest.Manifest{
			Board: "qemuarm64", Version: "v", Build: 1, Created: now, Expires: now.AddDate(0, 1, 0), Data: manifest.Data{ReadsFrom: 1, Reads: 1, Writes: 1},
		},
		Payloads: []bundle.Image{{Name: "nv9", Kind: manifest.Peripheral, Device: &d, Path: path}},
		Keyring:  ring, RootSigs: [][]byte{minisign.Sign(priv, ring)}, Signers: []minisign.PrivateKey{priv}, Level: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	bd, err := bundle.Open(bytes.NewReader(b.Bytes()), int64(b.Len()), bundle.Trust{Roots: []minisign.PublicKey{pub}, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return bd
}

func code(err error) bundle.Code {
	if e, ok := errors.AsType[*bundle.Error](err); ok {
		return e.Code
	}
	return ""
}

func TestInstall(t *testing.T) {
	k := newKiosk(t)
	bd := bring(t, device("4.12"), image("4.12"))
	for range 2 { // again changes nothing
		if err := k.installer().Install(t.Context(), bd); err != nil {
			t.Fatal(err)
		}
	}
	if k.dev.version != "4.12" || !bytes.Equal(k.dev.memory, image("4.12")) || k.dev.flashed != 1 || k.leased != 0 || k.staged() != 0 {
		t.Errorf("%s, flashed %d times, %d leases, %d files staged", k.dev.version, k.dev.flashed, k.leased, k.staged())
	}
	if k.last.Done != 305 || k.last.Size != 305 || k.last.Payload != "nv9" {
		t.Errorf("%+v", k.last)
	}
}

func TestRefused(t *testing.T) {
	for _, tt := range []struct {
		name  string
		want  bundle.Code
		alter func(k *kiosk, d *manifest.Device)
	}{
		{"another model", peripheral.WrongModel, func(k *kiosk, _ *manifest.Device) { k.dev.model = "NV200" }},
		{"another model in its loader", "", func(k *kiosk, _ *manifest.Device) { k.dev.loader = true }},
		{"no such device", peripheral.NoHandler, func(_ *kiosk, d *manifest.Device) { d.Driver = "ccnet" }},
		{"in use", peripheral.Busy, func(k *kiosk, _ *manifest.Device) { k.busy = true }},
		{"downgrade", peripheral.Older, func(k *kiosk, _ *manifest.Device) { k.dev.version = "4.13" }},
		{"downgrade, as text it is higher", peripheral.Older, func(k *kiosk, _ *manifest.Device) { k.dev.version = "4.100" }},
		{"downgrade that is allowed", "", func(k *kiosk, d *manifest.Device) { k.dev.version, d.Older = "4.13", true }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k, d := newKiosk(t), device("4.12")
			tt.alter(k, &d)
			err := k.installer().Install(t.Context(), bring(t, d, image("4.12")))
			if code(err) != tt.want || (err == nil) != (tt.want == "") {
				t.Errorf("%v, want code %q", err, tt.want)
			}
			if (k.dev.flashed == 0) != (err != nil) || k.leased != 0 || k.staged() != 0 {
				t.Errorf("flashed %d times, %d leases, %d files staged", k.dev.flashed, k.leased, k.staged())
			}
		})
	}
}

// TestPowerCut cuts the flash at every page, and once more while it is resumed.
func TestPowerCut(t *testing.T) {
	bd := bring(t, device("4.12"), image("4.12"))
	for cut := range 20 {
		k := newKiosk(t)
		k.dev.cut = cut
		if err := k.installer().Install(t.Context(), bd); !errors.Is(err, errPower) || !k.dev.loader {
			t.Fatalf("cut at page %d: %v", cut, err)
		}
		k.dev.cut = 19 - cut
		if err := k.installer().Resume(t.Context()); !errors.Is(err, errPower) {
			t.Fatalf("cut again: %v", err)
		}
		k.dev.cut = -1
		for range 2 { // the second finds nothing to do
			if err := k.installer().Resume(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if k.dev.version != "4.12" || !bytes.Equal(k.dev.memory, image("4.12")) || k.dev.flashed != 3 || k.staged() != 0 || k.leased != 0 {
			t.Errorf("cut at page %d: %s, flashed %d times, %d files staged", cut, k.dev.version, k.dev.flashed, k.staged())
		}
	}
}

// TestCutBehindFlash: the device is done, the record was not cleared.
func TestCutBehindFlash(t *testing.T) {
	k := newKiosk(t)
	k.dev.mute = true
	if err := k.installer().Install(t.Context(), bring(t, device("4.12"), image("4.12"))); err == nil {
		t.Fatal("a device that does not answer was taken for good")
	}
	k.dev.mute = false
	if err := k.installer().Resume(t.Context()); err != nil || k.dev.flashed != 1 || k.staged() != 0 {
		t.Errorf("%v, flashed %d times, %d files staged", err, k.dev.flashed, k.staged())
	}
}

func TestGivesUp(t *testing.T) {
	k := newKiosk(t)
	k.dev.stubborn = true
	if err := k.installer().Install(t.Context(), bring(t, device("4.12"), image("4.12"))); err == nil || code(err) != "" {
		t.Fatal(err)
	}
	for n := 2; n <= peripheral.MaxAttempts; n++ {
		if err := k.installer().Resume(t.Context()); err == nil || code(err) != "" {
			t.Fatalf("attempt %d: %v", n, err)
		}
	}
	if err := k.installer().Resume(t.Context()); code(err) != peripheral.GaveUp {
		t.Errorf("%v", err)
	}
	if err := k.installer().Resume(t.Context()); err != nil || k.dev.flashed != peripheral.MaxAttempts || k.staged() != 0 {
		t.Errorf("%v, flashed %d times, %d files staged", err, k.dev.flashed, k.staged())
	}
}

// TestInstallImage: what was taken out of a bundle goes the same way.
func TestInstallImage(t *testing.T) {
	k := newKiosk(t)
	if _, ok, err := k.installer().Staged(); ok || err != nil {
		t.Errorf("%v, %v", ok, err)
	}
	k.dev.cut = 3
	was, err := k.installer().InstallImage(t.Context(), "nv9", device("4.12"), image("4.12"))
	if !errors.Is(err, errPower) || was != (peripheral.Firmware{Model: "NV9USB", Version: "4.9"}) {
		t.Fatalf("%+v, %v", was, err)
	}
	s, ok, err := k.installer().Staged()
	if want := (peripheral.Staged{Payload: "nv9", Device: device("4.12"), SHA256: sha256.Sum256(image("4.12")), From: "4.9", Begun: true}); !ok || err != nil || s != want {
		t.Errorf("%+v, %v, %v", s, ok, err)
	}
	k.dev.cut = -1
	if err := k.installer().Resume(t.Context()); err != nil || k.dev.version != "4.12" || k.staged() != 0 {
		t.Errorf("%v, %s", err, k.dev.version)
	}
	was, err = k.installer().InstallImage(t.Context(), "nv9", device("4.12"), image("4.12"))
	if err != nil || was.Version != "4.12" || k.dev.flashed != 2 {
		t.Errorf("%+v, %v, flashed %d times", was, err, k.dev.flashed)
	}
}

// TestWrongFile: a file that is not an image goes nowhere, and one that the device refuses
// is not tried again.
func TestWrongFile(t *testing.T) {
	k := newKiosk(t)
	_, err := k.installer().InstallImage(t.Context(), "nv9", device("4.12"), []byte("a picture"))
	if code(err) != peripheral.WrongFile || k.dev.flashed != 0 || k.staged() != 0 || k.leased != 0 {
		t.Errorf("%v, flashed %d times, %d files staged", err, k.dev.flashed, k.staged())
	}
	k.dev.refuses = &bundle.Error{Code: peripheral.WrongFile}
	if _, err = k.installer().InstallImage(t.Context(), "nv9", device("4.12"), image("4.12")); code(err) != peripheral.WrongFile || k.staged() != 0 {
		t.Errorf("%v, %d files staged", err, k.staged())
	}
}

// TestReplaced: a bundle with a firmware that works takes the place of one that was
// cut; a bundle without one ends it first.
func TestReplaced(t *testing.T) {
	for version, want := range map[string]string{"4.13": "4.13", "": "4.12"} {
		k := newKiosk(t)
		k.dev.cut = 3
		if err := k.installer().Install(t.Context(), bring(t, device("4.12"), image("4.12"))); !errors.Is(err, errPower) {
			t.Fatal(err)
		}
		k.dev.cut = -1
		d := device(version)
		if version == "" {
			d = manifest.Device{Class: "printer", Driver: "escpos", Model: "x", Version: "1"}
		}
		err := k.installer().Install(t.Context(), bring(t, d, image(version)))
		if version == "" && code(err) != peripheral.NoHandler || version != "" && err != nil || k.dev.version != want || k.staged() != 0 {
			t.Errorf("%v, %s, %d files staged", err, k.dev.version, k.staged())
		}
	}
}

// TestStage damages and removes what lies on the data partition.
func TestStage(t *testing.T) {
	for _, how := range []string{"image altered", "image gone", "record gone", "record of nothing"} {
		t.Run(how, func(t *testing.T) {
			k := newKiosk(t)
			k.dev.cut = 3
			if err := k.installer().Install(t.Context(), bring(t, device("4.12"), image("4.12"))); !errors.Is(err, errPower) {
				t.Fatal(err)
			}
			k.dev.cut = -1
			images, err := filepath.Glob(filepath.Join(k.dir, "*.bin"))
			record := filepath.Join(k.dir, "stage.json")
			if err != nil || len(images) != 1 {
				t.Fatal(images, err)
			}
			switch how {
			case "image altered":
				err = os.WriteFile(images[0], image("4.66"), 0o600)
			case "image gone":
				err = os.Remove(images[0])
			case "record gone":
				err = os.Remove(record)
			case "record of nothing":
				err = os.WriteFile(record, []byte("{"), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			err = k.installer().Resume(t.Context())
			if k.dev.flashed != 1 || (err == nil) != (how == "record gone") {
				t.Errorf("%v, flashed %d times", err, k.dev.flashed)
			}
			if err := k.installer().Install(t.Context(), bring(t, device("4.12"), image("4.12"))); err != nil || k.dev.version != "4.12" || k.staged() != 0 {
				t.Errorf("installed again: %v, %d files staged", err, k.staged())
			}
		})
	}
}

func ExampleKeyOf() {
	fmt.Println(peripheral.KeyOf(manifest.Device{Class: "bill", Driver: "ssp", Model: "NV9USB", Version: "4.12"}))
	// Output: {bill ssp}
}
