package flash_test

import (
	"bytes"
	"context"
	cryptorand "crypto/rand"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"wattkiosk/ota/bundle"
	"wattkiosk/ota/flash"
	"wattkiosk/ota/fleetkey"
	"wattkiosk/ota/manifest"
)

func enrolment(t *testing.T) *flash.Enrolment {
	t.Helper()
	e, err := flash.NewEnrolment("https://office.example", "10000001", "one-time-token")
	if err != nil {
		t.Fatal(err)
	}
	return &e
}

// TestSameSize has a target of the image's size hold the image and nothing else.
func TestSameSize(t *testing.T) {
	d := newDesk(t)
	if got := d.flashed(d.disk(nil), imageSize, nil); !bytes.Equal(got, d.image) {
		t.Errorf("they differ from byte %d on", differ(got, d.image))
	}
}

func differ(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

// TestLarger wants of sfdisk that the table is right, its copy at the end included, and
// that the data partition reaches to the last whole MiB.
func TestLarger(t *testing.T) {
	d := newDesk(t)
	file := d.disk(nil)
	for _, tt := range []struct {
		size int64
		data string // sectors of the data partition
		last string // usable sector
	}{
		{imageSize + 512, "2048", "14303"},
		{imageSize + mib, "4096", "16350"},
		{64 * mib, "118784", "131038"},
	} {
		got := d.flashed(file, tt.size, nil)
		path := filepath.Join(t.TempDir(), "flashed.img")
		d.must(os.WriteFile(path, got, 0o600))
		if said := tool(t, "", "sfdisk", "--verify", path); !strings.Contains(said, "No errors detected") || strings.Contains(said, "corrupt") {
			t.Errorf("%d bytes: %s", tt.size, said)
		}
		said := tool(t, "", "sfdisk", "-d", path)
		for _, want := range []string{
			"last-lba: " + tt.last + "\n", "label-id: 77617474-6B69-4F73-8B00-000000000000\n",
			`start=        2048, size=        2048, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, uuid=77617474-6B69-4F73-8B00-000000000010, name="boot"`,
			`start=        4096, size=        6144, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, uuid=77617474-6B69-4F73-8B00-000000000011, name="state"`,
			"start=       10240, size=" + strings.Repeat(" ", 12-len(tt.data)) + tt.data + `, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, uuid=77617474-6B69-4F73-8B00-000000000012, name="data"`,
		} {
			if !strings.Contains(said, want) {
				t.Errorf("%d bytes: no %q in\n%s", tt.size, want, said)
			}
		}
		// With the first table gone, the copy is as good.
		clear(got[512:1024])
		d.must(os.WriteFile(path, got, 0o600))
		if said := tool(t, "", "sfdisk", "-d", path); !strings.Contains(said, `name="data"`) || !strings.Contains(said, "size="+strings.Repeat(" ", 12-len(tt.data))+tt.data+",") {
			t.Errorf("%d bytes, by the copy:\n%s", tt.size, said)
		}
		// Between the table and the image's end is the image.
		const from, to = 34 * 512, imageSize - 33*512
		if !bytes.Equal(got[from:to], d.image[from:to]) {
			t.Errorf("%d bytes: the rest differs from byte %d on", tt.size, from+differ(got[from:to], d.image[from:to]))
		}
		// The image's own copy of the table is gone.
		if end := min(imageSize, tt.size-33*512); len(bytes.Trim(got[to:end], "\x00")) > 0 {
			t.Errorf("%d bytes: two copies", tt.size)
		}
	}
}

// TestNamesOfItsOwn: two boards that are flashed from one image have different disks, so
// that a start tells them apart.
func TestNamesOfItsOwn(t *testing.T) {
	d := newDesk(t)
	made := d.disk(nil)
	seen := map[string]bool{}
	for range 2 {
		b, err := d.open(made)
		d.must(err)
		p, err := flash.Prepare(t.Context(), flash.Order{Bundle: b, Size: imageSize + mib, IDs: cryptorand.Reader})
		d.must(err)
		m := newMedium(imageSize + mib)
		d.must(p.Run(t.Context(), m, nil))
		path := filepath.Join(t.TempDir(), "flashed.img")
		d.must(os.WriteFile(path, m.stored, 0o600))
		if said := tool(t, "", "sfdisk", "--verify", path); !strings.Contains(said, "No errors detected") || strings.Contains(said, "corrupt") {
			t.Error(said)
		}
		said := tool(t, "", "sfdisk", "-d", path)
		ids := regexp.MustCompile(`(?:label-id: |uuid=)([0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12})`).FindAllStringSubmatch(said, -1)
		for _, id := range ids {
			seen[id[1]] = true
		}
	}
	if len(seen) != 8 { // a disk and three partitions, twice
		t.Errorf("%d UUIDs", len(seen))
	}
}

// TestSiteOnBoot: a site's settings lie beside the enrolment, or alone, as they are.
func TestSiteOnBoot(t *testing.T) {
	const text = "\ufeffprofile = \"query\"\r\n[devices.validator]\r\ndriver = \"id003\" # 识币器\r\n"
	d := newDesk(t)
	made := d.disk(nil)
	site, err := flash.ParseSite([]byte(text))
	d.must(err)
	for _, e := range []*flash.Enrolment{nil, enrolment(t)} {
		b, err := d.open(made)
		d.must(err)
		p, err := flash.Prepare(t.Context(), flash.Order{Bundle: b, Size: imageSize, Enrolment: e, Site: &site})
		d.must(err)
		m := newMedium(imageSize)
		d.must(p.Run(t.Context(), m, nil))
		path := filepath.Join(t.TempDir(), "flashed.img")
		d.must(os.WriteFile(path, m.stored, 0o600))
		if said := tool(t, "", "mtype", "-i", path+"@@1M", "::site.toml"); said != text {
			t.Errorf("%q", said)
		}
		if said := tool(t, "", "mdir", "-b", "-i", path+"@@1M", "::"); strings.Contains(said, "enrol.env") != (e != nil) {
			t.Errorf("%v: %s", e, said)
		}
	}
}

// TestEnrolmentOnBoot has another program read what was put onto the boot partition.
func TestEnrolmentOnBoot(t *testing.T) {
	d := newDesk(t)
	file := d.disk(nil)
	got := d.flashed(file, imageSize, enrolment(t))
	path := filepath.Join(t.TempDir(), "flashed.img")
	d.must(os.WriteFile(path, got, 0o600))
	if said := tool(t, "", "mtype", "-i", path+"@@1M", "::enrol.env"); said != "OFFICE=https://office.example\nKIOSK=10000001\nTOKEN=one-time-token\n" {
		t.Errorf("%q", said)
	}
	if from := differ(got, d.image); from < mib || !bytes.Equal(got[2*mib:], d.image[2*mib:]) {
		t.Errorf("something else than the boot partition was changed, at byte %d", from)
	}
	if again := d.flashed(file, imageSize, enrolment(t)); !bytes.Equal(again, got) {
		t.Errorf("the second time byte %d differs", differ(again, got))
	}
	clear(d.image[mib : 2*mib]) // no FAT
	b, err := d.open(d.disk(nil))
	d.must(err)
	if _, err := flash.Prepare(t.Context(), flash.Order{Bundle: b, Size: imageSize, Enrolment: enrolment(t)}); code(err) != flash.Enrolling || strings.Contains(err.Error(), "one-time-token") {
		t.Errorf("%v", err)
	}
}

// TestRefused is what the bundle and the target's size decide.
func TestRefused(t *testing.T) {
	d := newDesk(t)
	good := d.disk(nil)
	slots := d.bundle(nil, bundle.Image{Name: "root", Kind: manifest.Root, Path: filepath.Join(d.dir, "disk.img")})
	fleet, err := fleetkey.Generate()
	d.must(err)
	locked := d.disk(func(s *bundle.Spec) { s.EncryptTo = []fleetkey.Public{fleet.Public()} })
	whole := bytes.Clone(d.image)
	altered := func(change func()) []byte {
		defer copy(d.image, whole)
		change()
		return d.disk(nil)
	}
	for _, tt := range []struct {
		name string
		file []byte
		o    flash.Order
		want bundle.Code
	}{
		{"as it is", good, flash.Order{Board: "qemuarm64", Size: imageSize, Floor: 7}, ""},
		{"for any board", good, flash.Order{Size: imageSize}, ""},
		{"another board", good, flash.Order{Board: "rpicm4", Size: imageSize}, flash.WrongBoard},
		{"a sector too small", good, flash.Order{Size: imageSize - 512}, flash.TooSmall},
		{"no target", good, flash.Order{}, flash.TooSmall},
		{"half a sector", good, flash.Order{Size: imageSize + 100}, flash.TooSmall},
		{"below the floor", good, flash.Order{Size: imageSize, Floor: 8}, flash.BelowFloor},
		{"an update", slots, flash.Order{Size: imageSize}, flash.NoDisk},
		{"encrypted", locked, flash.Order{Size: imageSize}, bundle.NoFleetKey},
		{"damaged", flipped(good, len(good)-5000), flash.Order{Size: imageSize}, bundle.ChunkDamaged},
		{"no table", altered(func() { clear(d.image[:512]) }), flash.Order{Size: imageSize}, flash.BadImage},
		{"a damaged table", altered(func() { d.image[1024+56]++ }), flash.Order{Size: imageSize}, flash.BadImage},
	} {
		b, err := d.open(tt.file)
		d.must(err)
		tt.o.Bundle = b
		if _, err := flash.Prepare(t.Context(), tt.o); code(err) != tt.want || tt.want == "" && err != nil {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

func flipped(b []byte, at int) []byte {
	b = bytes.Clone(b)
	b[at] ^= 1
	return b
}

// TestEveryByte alters each byte of a bundle, and cuts it at each: there is a refusal
// with a code before anything is written, or the target holds the image.
func TestEveryByte(t *testing.T) {
	d := newDesk(t)
	clear(d.image[5*mib : 6*mib]) // a small bundle
	good := d.disk(nil)
	step := 1
	if testing.Short() {
		step = 13
	}
	// flashed is nil where the bundle is refused.
	prepared := func(file []byte) (*flash.Plan, error) {
		b, err := d.open(file)
		if err != nil {
			return nil, err
		}
		return flash.Prepare(t.Context(), flash.Order{Bundle: b, Size: imageSize})
	}
	harmless := 0
	for at := 0; at < len(good); at += step {
		bad := bytes.Clone(good)
		bad[at] ^= 1 << (at % 8)
		p, err := prepared(bad)
		if err != nil {
			if code(err) == "" {
				t.Errorf("byte %d: %v has no code", at, err)
			}
			continue
		}
		if harmless++; harmless%100 == 1 {
			m := newMedium(imageSize)
			if err := p.Run(t.Context(), m, nil); err != nil || !bytes.Equal(m.stored, d.image) {
				t.Errorf("byte %d: %v, or another image", at, err)
			}
		}
	}
	t.Logf("%d bytes, %d of those tried decide nothing", len(good), harmless)
	if harmless > len(good)/step/3 { // the padding of the tar, and comments of signatures
		t.Errorf("%d altered bundles were taken", harmless)
	}
	for cut := 0; cut < len(good)-1024; cut += step {
		if _, err := prepared(good[:cut]); code(err) == "" && len(bytes.Trim(good[cut:], "\x00")) > 0 {
			t.Fatalf("cut at %d: %v", cut, err)
		}
	}
}

// TestDamagedOnTheWay: a bundle that changes after it was checked is found before its
// bytes are written, and the target has no table.
func TestDamagedOnTheWay(t *testing.T) {
	d := newDesk(t)
	file := d.disk(nil)
	p := d.plan(file, imageSize, nil)
	file[len(file)-5000] ^= 1
	m := newMedium(imageSize)
	if err := p.Run(t.Context(), m, nil); code(err) != bundle.ChunkDamaged {
		t.Errorf("%v", err)
	}
	m.keep(func() bool { return true })
	if len(bytes.Trim(m.stored[:flash.HeadSize], "\x00")) > 0 {
		t.Error("the target has a head")
	}
}

// TestStopped ends with its context, in the midst of each phase.
func TestStopped(t *testing.T) {
	d := newDesk(t)
	p := d.plan(d.disk(nil), imageSize, nil)
	for _, phase := range []flash.Phase{flash.Writing, flash.Checking} {
		ctx, cancel := context.WithCancel(t.Context())
		m := newMedium(imageSize)
		err := p.Run(ctx, m, func(now flash.Phase, done, all int64) {
			if now == phase && done < all {
				cancel()
			}
		})
		m.keep(func() bool { return true })
		if !errors.Is(err, context.Canceled) || len(bytes.Trim(m.stored[:flash.HeadSize], "\x00")) > 0 {
			t.Errorf("%s: %v, or the target has a head", phase, err)
		}
	}
}

// TestPowerCuts cuts the power in the midst of each operation, with all, none or some of
// what was not synced on the target. What then has a table is whole; the seal may be
// missing where only the copy is there. Flashing again gives the same bytes.
func TestPowerCuts(t *testing.T) {
	d := newDesk(t)
	file := d.disk(nil)
	const size = imageSize + mib
	e := enrolment(t)
	p := d.plan(file, size, e)
	want := newMedium(size)
	d.must(p.Run(t.Context(), want, nil))
	path := filepath.Join(t.TempDir(), "cut.img")
	whole, tables := 0, 0
	for cut := 1; cut <= want.ops; cut++ {
		for seed := range uint64(6) {
			rnd := rand.New(rand.NewPCG(uint64(cut), seed))
			m := newMedium(size)
			copy(m.now, want.stored) // it was flashed before, with another image
			copy(m.now[5*mib:], bytes.Repeat([]byte("x"), mib/2))
			copy(m.stored, m.now)
			m.cut = cut
			if err := p.Run(t.Context(), m, nil); err == nil {
				t.Fatalf("cut at %d of %d: nobody saw it", cut, want.ops)
			}
			m.keep(func() bool { return seed == 0 || seed != 1 && rnd.IntN(2) == 0 })
			before := cut <= 3 // the erasing is not durable yet: it is still what it was
			equal := bytes.Equal(m.stored, want.stored)
			if !before && hasTable(t, path, m.stored) {
				tables++
				if from := differ(m.stored[flash.HeadSize:size-512], want.stored[flash.HeadSize:]); from < size-512-flash.HeadSize {
					t.Fatalf("cut at %d of %d, seed %d: there is a table, and byte %d differs", cut, want.ops, seed, flash.HeadSize+from)
				}
				if string(m.stored[512:520]) == "EFI PART" && !bytes.Equal(m.stored[1024:], want.stored[1024:]) {
					t.Fatalf("cut at %d of %d, seed %d: it is sealed, and byte %d differs", cut, want.ops, seed, 1024+differ(m.stored[1024:], want.stored[1024:]))
				}
			}
			if equal {
				whole++
			}
			again := &medium{now: bytes.Clone(m.stored), stored: m.stored, dirty: map[int64]bool{}}
			if seed < 3 {
				if err := p.Run(t.Context(), again, nil); err != nil || !bytes.Equal(again.stored, want.stored) {
					t.Fatalf("cut at %d, seed %d, and again: %v", cut, seed, err)
				}
			}
		}
	}
	t.Logf("%d operations, each cut 6 times: %d times a table, %d times whole", want.ops, tables, whole)
	if whole == 0 || tables < whole {
		t.Error("no cut came late enough")
	}
}

// hasTable reports whether sfdisk finds a table, or there is a copy for those who go by
// that alone.
func hasTable(t *testing.T, path string, disk []byte) bool {
	t.Helper()
	tail := disk[len(disk)-33*512:]
	if h := tail[32*512:]; string(h[:8]) == "EFI PART" && binary.LittleEndian.Uint32(h[88:]) == crc32.ChecksumIEEE(tail[:32*512]) {
		return true
	}
	if err := os.WriteFile(path, disk, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("sfdisk", "-d", path).Output()
	return err == nil && bytes.Contains(out, []byte("name="))
}

// TestLyingTarget has targets that answer that all is well.
func TestLyingTarget(t *testing.T) {
	d := newDesk(t)
	file := d.disk(nil)
	const size = 32 * mib
	at := func(p []byte, from, place int64) bool { return place >= from && place < from+int64(len(p)) }
	for name, lie := range map[string]func(*medium){
		"a write is lost":         func(m *medium) { m.write = func(p []byte, from int64) bool { return !at(p, from, 5*mib+65536) } },
		"zeros are not written":   func(m *medium) { m.write = func(p []byte, from int64) bool { return !at(p, from, 3*mib) } },
		"zeros are ones":          func(m *medium) { m.blank = 0xFF },
		"a bit is read wrong":     func(m *medium) { m.read = func(p []byte, from int64) { flip(p, from, 5*mib+100_000) } },
		"the copy is lost":        func(m *medium) { m.write = func(p []byte, from int64) bool { return !at(p, from, size-512) } },
		"the loader is lost":      func(m *medium) { m.write = func(p []byte, from int64) bool { return !at(p, from, 100_000) } },
		"the table is lost":       func(m *medium) { m.write = func(p []byte, from int64) bool { return len(p) != 1024 || p[510] == 0 } },
		"the table is read wrong": func(m *medium) { m.read = func(p []byte, from int64) { flip(p, from, 600) } },
		"it is smaller than told": func(m *medium) { wrap(m, 4*mib) },
	} {
		m := newMedium(size)
		lie(m)
		if err := d.plan(file, size, nil).Run(t.Context(), m, nil); code(err) != flash.ReadBack {
			t.Errorf("%s: %v", name, err)
		}
		m.keep(func() bool { return true })
		if string(m.stored[512:520]) == "EFI PART" {
			t.Errorf("%s: the target has a table", name)
		}
	}
}

func flip(p []byte, from, place int64) {
	if i := place - from; i >= 0 && i < int64(len(p)) {
		p[i] ^= 1
	}
}

// wrap has what lies beyond an end lie at the beginning, as on a forged card.
func wrap(m *medium, end int64) {
	m.write = func(p []byte, at int64) bool {
		if at < end {
			return true
		}
		copy(m.stored[at%end:end], p)
		return false
	}
	m.read = func(p []byte, at int64) {
		if at >= end {
			copy(p, m.stored[at%end:end])
		}
	}
}
