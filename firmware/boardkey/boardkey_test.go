package boardkey_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wattkiosk/boards"
	"wattkiosk/firmware/boardkey"
	"wattkiosk/ota/tpmfloor/tpmtest"
)

const secret = "a secret of thirty-two bytes...."

// withTPM is a board with a TPM of its own.
func withTPM(t *testing.T) *boardkey.Board {
	t.Helper()
	return boardkey.New(boardkey.Config{TPM: tpmtest.New(t).Device()})
}

// bound is a board without a TPM, of this serial number.
func bound(t *testing.T, serial string) *boardkey.Board {
	t.Helper()
	return boardkey.New(boardkey.Config{TPM: filepath.Join(t.TempDir(), "tpmrm0"), IDs: []boards.ID{{Name: "cpu", Path: put(t, t.TempDir(), "serial", serial)}}})
}

func inClear() *boardkey.Board { return boardkey.New(boardkey.Config{}) }

func put(t *testing.T, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(content), 0o640); err != nil {
		t.Fatal(err)
	}
	return path
}

func content(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// opens wants a board to read the secret.
func opens(t *testing.T, b *boardkey.Board, path string) {
	t.Helper()
	if got, err := b.Read(path, boardkey.JournalKey); err != nil || string(got) != secret {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// refuses wants a board not to read it, with these words, and to leave the file.
func refuses(t *testing.T, b *boardkey.Board, path string, want error, words string) {
	t.Helper()
	before := content(t, path)
	got, err := b.Read(path, boardkey.JournalKey)
	if got != nil || err == nil || want != nil && !errors.Is(err, want) || !strings.Contains(err.Error(), words) {
		t.Errorf("%d bytes, %v; want %v with %q", len(got), err, want, words)
	}
	if _, err := b.Seal(path, boardkey.JournalKey); err == nil && b.Best() == boardkey.TPM && !bytes.Contains(before, []byte("Way: tpm")) {
		t.Error("it was sealed again")
	}
	if !bytes.Equal(content(t, path), before) {
		t.Error("the file was changed")
	}
}

// TestWays: what each kind of board makes of a secret, and that it opens after a restart.
func TestWays(t *testing.T) {
	chip := tpmtest.New(t)
	serial := put(t, t.TempDir(), "serial", "100000003d1d1c36\x00")
	ids := []boards.ID{{Name: "cpu", Path: serial}, {Name: "emmc", Path: filepath.Join(t.TempDir(), "none")}}
	for _, tt := range []struct {
		name string
		cfg  boardkey.Config
		want boardkey.Way
	}{
		{"TPM", boardkey.Config{TPM: chip.Device(), IDs: ids}, boardkey.TPM},
		{"no TPM", boardkey.Config{TPM: filepath.Join(t.TempDir(), "none"), IDs: ids}, boardkey.Bound},
		{"neither", boardkey.Config{}, boardkey.Clear},
		{"no number", boardkey.Config{IDs: ids[1:]}, boardkey.Clear},
		{"a number of zeros", boardkey.Config{IDs: []boards.ID{{Name: "cpu", Path: put(t, t.TempDir(), "serial", "0000000000000000\n")}}}, boardkey.Clear},
		{"a short number", boardkey.Config{IDs: []boards.ID{{Name: "cpu", Path: put(t, t.TempDir(), "serial", "1234567\n")}}}, boardkey.Clear},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "key")
			b := boardkey.New(tt.cfg)
			if err := b.Create(path, boardkey.JournalKey, []byte(secret)); err != nil {
				t.Fatal(err)
			}
			way, err := boardkey.WayOf(path)
			if way != tt.want || err != nil || b.Best() != tt.want {
				t.Errorf("kept %q, best %q, %v; want %q", way, b.Best(), err, tt.want)
			}
			if bytes.Contains(content(t, path), []byte(secret)) != (tt.want == boardkey.Clear) {
				t.Error("the secret is in the file, or is not")
			}
			opens(t, b, path)
			opens(t, boardkey.New(tt.cfg), path)
			if err := b.Create(path, boardkey.JournalKey, []byte(secret)); !errors.Is(err, os.ErrExist) {
				t.Errorf("made twice: %v", err)
			}
		})
	}
	path := filepath.Join(t.TempDir(), "key")
	b := boardkey.New(boardkey.Config{TPM: chip.Device()})
	if err := b.Write(path, boardkey.JournalKey, []byte(secret)); err != nil {
		t.Fatal(err)
	}
	chip.Off()
	refuses(t, boardkey.New(boardkey.Config{TPM: chip.Device()}), path, nil, "this board has none, or its driver is not there yet")
	chip.On()
	opens(t, boardkey.New(boardkey.Config{TPM: chip.Device()}), path)
}

// TestAttackDiskOnAnotherBoard: a disk that was copied, or put into another board, opens
// nothing there, and the words say why.
func TestAttackDiskOnAnotherBoard(t *testing.T) {
	tpm, serial := withTPM(t), bound(t, "100000003d1d1c36")
	for _, tt := range []struct {
		name     string
		from, to *boardkey.Board
		want     error
		words    string
	}{
		{"another TPM", tpm, withTPM(t), boardkey.ErrOtherBoard, "sealed on another board, or the TPM was cleared"},
		{"no TPM, a number", tpm, bound(t, "100000003d1d1c36"), nil, "sealed by a TPM, and this board has none"},
		{"nothing", tpm, inClear(), nil, "sealed by a TPM, and this board has none"},
		{"another number", serial, bound(t, "100000003d1d1c37"), boardkey.ErrOtherBoard, "sealed on another board"},
		{"no number", serial, inClear(), boardkey.ErrOtherBoard, "sealed on another board"},
		{"a TPM, no number", serial, withTPM(t), boardkey.ErrOtherBoard, "sealed on another board"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "journal.key")
			if err := tt.from.Write(path, boardkey.JournalKey, []byte(secret)); err != nil {
				t.Fatal(err)
			}
			refuses(t, tt.to, path, tt.want, tt.words)
			opens(t, tt.from, path)
		})
	}
}

// TestAttackSealedFileElsewhere: one sealed file in another's place, or a changed one.
func TestAttackSealedFileElsewhere(t *testing.T) {
	b := bound(t, "100000003d1d1c36")
	path := filepath.Join(t.TempDir(), "key")
	if err := b.Write(path, boardkey.Roster, []byte(secret)); err != nil {
		t.Fatal(err)
	}
	refuses(t, b, path, boardkey.ErrDamaged, "another purpose")
	text := bytes.Replace(content(t, path), []byte("For: roster"), []byte("For: journal key"), 1)
	refuses(t, b, put(t, t.TempDir(), "key", string(text)), boardkey.ErrDamaged, "damaged")
	good := content(t, path)
	for n := range good {
		bad := bytes.Clone(good)
		bad[n] ^= 1
		got, err := b.Read(put(t, t.TempDir(), "key", string(bad)), boardkey.Roster)
		if boardkey.Sealed(bad) && err == nil && string(got) != secret { // white space does not count
			t.Errorf("byte %d: it opens to %d other bytes", n, len(got))
		}
	}
	for n := len("-----BEGIN WATTKIOSK SEALED-----"); n < len(good)-1; n++ {
		if got, err := b.Read(put(t, t.TempDir(), "key", string(good[:n])), boardkey.Roster); err == nil {
			t.Errorf("cut at %d: %d bytes", n, len(got))
		}
	}
}

// TestSealInPlace: a board that had its secret in clear, or bound, seals it where it lies,
// in the best way that it has, once; owner and mode stay, and the clear one's blocks are
// written over.
func TestSealInPlace(t *testing.T) {
	chip := tpmtest.New(t)
	ids := []boards.ID{{Name: "cpu", Path: put(t, t.TempDir(), "serial", "100000003d1d1c36")}}
	path := put(t, t.TempDir(), "key", secret)
	held, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()

	seal := func(cfg boardkey.Config, want boardkey.Way) {
		t.Helper()
		if way, err := boardkey.New(cfg).Seal(path, boardkey.JournalKey); way != want || err != nil {
			t.Errorf("%q, %v; want %q", way, err, want)
		}
		opens(t, boardkey.New(cfg), path)
		if way, err := boardkey.WayOf(path); way != want || err != nil {
			t.Errorf("%q, %v; want %q", way, err, want)
		}
	}
	seal(boardkey.Config{}, boardkey.Clear)
	seal(boardkey.Config{IDs: ids}, boardkey.Bound)
	st, err := os.Stat(path)
	if err != nil || st.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v", st.Mode(), err)
	}
	was := make([]byte, len(secret))
	if _, err := held.ReadAt(was, 0); err != nil || !bytes.Equal(was, make([]byte, len(secret))) {
		t.Errorf("the clear file's blocks hold %q, %v", was, err)
	}

	seal(boardkey.Config{IDs: ids, TPM: chip.Device()}, boardkey.TPM)
	before := content(t, path)
	seal(boardkey.Config{IDs: ids, TPM: chip.Device()}, boardkey.TPM)
	chip.Off()
	if way, err := boardkey.New(boardkey.Config{IDs: ids, TPM: chip.Device()}).Seal(path, boardkey.JournalKey); way != boardkey.TPM || err != nil {
		t.Errorf("without its TPM: %q, %v", way, err)
	}
	if !bytes.Equal(content(t, path), before) {
		t.Error("a file that is sealed by the TPM was changed")
	}
}

// TestACopyWithAnotherNameStays: a clear key that somebody linked elsewhere is his.
func TestACopyWithAnotherNameStays(t *testing.T) {
	path := put(t, t.TempDir(), "key", secret)
	kept := filepath.Join(filepath.Dir(path), "kept")
	if err := os.Link(path, kept); err != nil {
		t.Fatal(err)
	}
	if way, err := bound(t, "100000003d1d1c36").Seal(path, boardkey.JournalKey); way != boardkey.Bound || err != nil {
		t.Fatalf("%q, %v", way, err)
	}
	if string(content(t, kept)) != secret {
		t.Error("it was written over")
	}
}

// TestATPMThatSealsNothing: a board goes on in the next best way, and does not lose what
// it had.
func TestATPMThatSealsNothing(t *testing.T) {
	broken := put(t, t.TempDir(), "tpmrm0", "no device")
	ids := []boards.ID{{Name: "cpu", Path: put(t, t.TempDir(), "serial", "100000003d1d1c36")}}
	for _, tt := range []struct {
		cfg  boardkey.Config
		want boardkey.Way
	}{{boardkey.Config{TPM: broken, IDs: ids}, boardkey.Bound}, {boardkey.Config{TPM: broken}, boardkey.Clear}} {
		path := put(t, t.TempDir(), "key", secret)
		if way, err := boardkey.New(tt.cfg).Seal(path, boardkey.JournalKey); way != tt.want || err != nil {
			t.Errorf("%q, %v; want %q", way, err, tt.want)
		}
		opens(t, boardkey.New(tt.cfg), path)
		if way, err := boardkey.New(tt.cfg).Seal(path, boardkey.JournalKey); way != tt.want || err != nil {
			t.Errorf("again: %q, %v; want %q", way, err, tt.want)
		}
	}
}

// TestOneRootForAll: files of one board share the root, so that a start asks the TPM once;
// what another process seals joins them.
func TestOneRootForAll(t *testing.T) {
	chip := tpmtest.New(t)
	dir := t.TempDir()
	first, second := filepath.Join(dir, "first"), filepath.Join(dir, "second")
	b := boardkey.New(boardkey.Config{TPM: chip.Device()})
	if err := b.Write(first, boardkey.JournalKey, []byte(secret)); err != nil {
		t.Fatal(err)
	}
	if err := boardkey.New(boardkey.Config{TPM: chip.Device(), Kin: []string{first}}).Write(second, boardkey.JournalKey, []byte(secret)); err != nil {
		t.Fatal(err)
	}
	chip.Off()
	opens(t, b, first) // remembered
	opens(t, b, second)
}

// TestHeld: while older software may run in this one's place, what lies in clear stays so,
// what is sealed opens and is not weakened, and a new key is made in clear.
func TestHeld(t *testing.T) {
	dir := t.TempDir()
	b := bound(t, "100000003d1d1c36")
	first, fresh, before := put(t, dir, "key", secret), filepath.Join(dir, "fresh"), filepath.Join(dir, "before")
	if err := b.Create(before, boardkey.JournalKey, []byte(secret)); err != nil {
		t.Fatal(err)
	}
	b.Hold()
	kept := func(path string, want boardkey.Way) {
		t.Helper()
		if way, err := boardkey.WayOf(path); way != want || err != nil {
			t.Errorf("%s is kept %q, %v; want %q", filepath.Base(path), way, err, want)
		}
		opens(t, b, path)
	}
	if way, err := b.Seal(first, boardkey.JournalKey); way != boardkey.Clear || err != nil || b.Exposed(first) {
		t.Errorf("%q, %v", way, err)
	}
	for _, path := range []string{first, filepath.Join(dir, "other")} {
		if err := b.Write(path, boardkey.JournalKey, []byte(secret)); err != nil {
			t.Fatal(err)
		}
		kept(path, boardkey.Clear)
	}
	if err := b.Create(fresh, boardkey.JournalKey, []byte(secret)); err != nil {
		t.Fatal(err)
	}
	kept(fresh, boardkey.Clear)
	if err := b.Create(fresh, boardkey.JournalKey, []byte(secret)); !errors.Is(err, os.ErrExist) {
		t.Errorf("a key over a key: %v", err)
	}
	if err := b.Write(before, boardkey.JournalKey, []byte(secret)); err != nil {
		t.Fatal(err)
	}
	kept(before, boardkey.Bound)

	b.Release()
	if !b.Exposed(first) {
		t.Error("it lies in clear")
	}
	if way, err := b.Seal(first, boardkey.JournalKey); way != boardkey.Bound || err != nil {
		t.Errorf("%q, %v", way, err)
	}
	kept(first, boardkey.Bound)
}

func TestWeakest(t *testing.T) {
	for _, tt := range []struct {
		of   []boardkey.Way
		want boardkey.Way
	}{
		{nil, boardkey.Clear},
		{[]boardkey.Way{boardkey.TPM, boardkey.TPM}, boardkey.TPM},
		{[]boardkey.Way{boardkey.TPM, boardkey.Bound}, boardkey.Bound},
		{[]boardkey.Way{boardkey.Clear, boardkey.TPM}, boardkey.Clear},
	} {
		if got := boardkey.Weakest(tt.of...); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.of, got, tt.want)
		}
	}
}

// FuzzSealed: whatever lies in a file, it is a secret in clear, or sealed, or an error.
func FuzzSealed(f *testing.F) {
	f.Add([]byte("-----BEGIN WATTKIOSK SEALED-----\nFor: journal key\nIds: cpu\nVersion: 1\nWay: board\n\nAAAA\n-----END WATTKIOSK SEALED-----\n"))
	f.Add([]byte("-----BEGIN WATTKIOSK SEALED-----\nFor: journal key\nVersion: 1\nWay: tpm\n\nAAQAAgAA\n-----END WATTKIOSK SEALED-----\n"))
	f.Add([]byte(secret))
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := inClear().Read(path, boardkey.JournalKey)
		if boardkey.Sealed(b) && err == nil || !boardkey.Sealed(b) && (err != nil || !bytes.Equal(got, b)) {
			t.Errorf("%d bytes of %d, %v", len(got), len(b), err)
		}
	})
}
