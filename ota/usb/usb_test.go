package usb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// sysfs is a small one in a folder.
type sysfs struct {
	t   *testing.T
	dir string
}

func newSys(t *testing.T) *sysfs {
	t.Helper()
	s := &sysfs{t, t.TempDir()}
	s.put("class/block/.keep", "")
	return s
}

func (s *sysfs) put(name, data string) {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(data), 0o600)); err != nil {
		s.t.Fatal(err)
	}
}

// add makes a device below a path of devices/, and links it from class/block.
func (s *sysfs) add(path string, attrs map[string]string) {
	s.t.Helper()
	for name, v := range attrs {
		s.put(filepath.Join("devices", path, name), v+"\n")
	}
	if err := os.Symlink(filepath.Join(s.dir, "devices", path), filepath.Join(s.dir, "class/block", filepath.Base(path))); err != nil {
		s.t.Fatal(err)
	}
}

const onUSB = "pci0000:00/usb2/2-1/host0/block/"

func TestScan(t *testing.T) {
	s := newSys(t)
	s.add("virtual/block/loop0", map[string]string{"size": "100", "removable": "1"})
	s.add("platform/mmc/block/mmcblk0", map[string]string{"size": "9999", "removable": "0"})
	s.add("platform/mmc/block/mmcblk0/mmcblk0p3", map[string]string{"size": "99", "partition": "3", "uevent": "PARTNAME=boot_a"})
	s.add(onUSB+"sda", map[string]string{"size": "9999", "removable": "1", "diskseq": "7"})
	s.add(onUSB+"sda/sda10", map[string]string{"size": "99", "partition": "10", "uevent": "DEVNAME=sda10"})
	s.add(onUSB+"sda/sda2", map[string]string{"size": "99", "partition": "2", "uevent": "PARTNAME=data"})
	s.add(onUSB+"sdb", map[string]string{"size": "9999", "removable": "0"}) // a disk in a USB box
	s.add(onUSB+"sdc", map[string]string{"size": "9999", "removable": "1"}) // what the board started from
	s.add(onUSB+"sdc/sdc1", map[string]string{"size": "99", "partition": "1", "uevent": "DEVNAME=sdc1\nPARTNAME=root_a"})
	s.add(onUSB+"sdd", map[string]string{"size": "0", "removable": "1"})           // a reader without a card
	s.add("pci0/ata1/block/sde", map[string]string{"size": "5", "removable": "0"}) // built in
	s.add("pci0/ata1/block/sr0", map[string]string{"size": "5", "removable": "1"}) // a disc
	s.add("platform/usbc/block/sdf", map[string]string{"size": "5"})               // no bus of that name
	s.add("platform/reader/block/mmcblk1", map[string]string{"size": "5", "removable": "1"})
	got, err := Scan(s.dir)
	want := []Disk{{"mmcblk1", 0, []string{"mmcblk1"}}, {"sda", 7, []string{"sda2", "sda10"}}, {"sdb", 0, []string{"sdb"}}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := Scan(t.TempDir()); err == nil {
		t.Error("there is no sysfs there")
	}
}

func TestWatch(t *testing.T) {
	s := newSys(t)
	ask := make(chan func(), 1)
	w := &Watcher{Sys: s.dir, Log: slog.New(slog.DiscardHandler), Events: func(ctx context.Context, changed func()) error {
		ask <- changed
		<-ctx.Done()
		return nil
	}}
	s.add(onUSB+"sda", map[string]string{"size": "5", "diskseq": "1"})
	ctx, cancel := context.WithCancel(t.Context())
	out, done := make(chan Event), make(chan struct{})
	go func() {
		defer close(done)
		w.Watch(ctx, out)
	}()
	next := func(want Event) {
		t.Helper()
		select {
		case got := <-out:
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%+v, want %+v", got, want)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("no %+v", want)
		}
	}
	first := Disk{"sda", 1, []string{"sda"}}
	next(Event{Disk: first})
	s.put("devices/"+onUSB+"sda/diskseq", "2\n") // pulled and plugged in again, between two looks
	(<-ask)()
	next(Event{Disk: first, Gone: true})
	next(Event{Disk: Disk{"sda", 2, []string{"sda"}}})
	cancel()
	<-done
}

func TestKernelEvents(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := uevents(ctx, func() {}); err != nil { // needs no privilege, and ends
		t.Error(err)
	}
}

func TestIsBlock(t *testing.T) {
	for msg, want := range map[string]bool{
		"add@/devices/pci/usb2/block/sda\x00ACTION=add\x00SUBSYSTEM=block\x00DEVNAME=sda\x00": true,
		"add@/devices/x\x00ACTION=add\x00SUBSYSTEM=tty\x00":                                   false,
		"add@/devices/x\x00XSUBSYSTEM=block\x00":                                              false,
		"libudev\x00\xfe\xed\xca\xfeSUBSYSTEM=block\x00":                                      false,
		"": false, "add@/x": false, "\x00\x00": false,
	} {
		if got := isBlock([]byte(msg)); got != want {
			t.Errorf("%q: %v", msg, got)
		}
	}
}

func FuzzIsBlock(f *testing.F) {
	f.Add([]byte("add@/devices/sda\x00SUBSYSTEM=block\x00"))
	f.Fuzz(func(t *testing.T, msg []byte) {
		if isBlock(msg) && !strings.Contains(string(msg), "SUBSYSTEM=block") {
			t.Errorf("%q", msg)
		}
	})
}

func TestSniff(t *testing.T) {
	head := func(at int, magic string) string {
		b := make([]byte, 2048)
		copy(b[at:], magic)
		return string(b)
	}
	for content, want := range map[string]string{
		head(3, "EXFAT   "): "exfat", head(82, "FAT32   "): "vfat", head(54, "FAT16   "): "vfat", head(54, "FAT12   "): "vfat",
		head(0x438, "\x53\xEF"): "", head(3, "NTFS    "): "", "": "", "short": "",
	} {
		fs, err := sniff(strings.NewReader(content))
		if fs.name != want || (err == nil) != (want != "") || err != nil && !errors.Is(err, ErrFileSystem) {
			t.Errorf("%.20q: %q, %v", content, fs.name, err)
		}
	}
}

func FuzzSniff(f *testing.F) {
	f.Add([]byte("EXFAT   "))
	f.Fuzz(func(t *testing.T, head []byte) {
		if fs, err := sniff(strings.NewReader(string(head))); (err == nil) != (fs.name != "") {
			t.Errorf("%q, %v", fs.name, err)
		}
	})
}

func put(t *testing.T, dir, name, data string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(data), 0o600)); err != nil {
		t.Fatal(err)
	}
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	outside := t.TempDir()
	put(t, outside, "secret.wkb", "secret")
	for _, name := range []string{"b.wkb", "A.WKB", "wattkiosk/c.wkb", "other/d.wkb", "e.txt", ".hidden.wkb", "wattkiosk/sub/f.wkb"} {
		put(t, dir, name, name)
	}
	for _, err := range []error{
		unix.Mkfifo(filepath.Join(dir, "fifo.wkb"), 0o600),
		os.Mkdir(filepath.Join(dir, "folder.wkb"), 0o700),
		os.Symlink(filepath.Join(outside, "secret.wkb"), filepath.Join(dir, "link.wkb")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	got, err := Find(dir, 8)
	if want := []File{{"A.WKB", 5}, {"b.wkb", 5}, {"wattkiosk/c.wkb", 15}}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := Find(dir, 2); err != nil || len(got) != 2 {
		t.Errorf("%+v, %v", got, err)
	}
	for i := range 1500 {
		put(t, dir, fmt.Sprintf("many/wattkiosk/%04d.wkb", i), "")
	}
	if got, err := Find(filepath.Join(dir, "many"), 5000); err != nil || len(got) != maxEntries {
		t.Errorf("%d, %v", len(got), err)
	}
	for _, name := range []string{"fifo.wkb", "folder.wkb", "link.wkb", "../x", "none.wkb", filepath.Join(outside, "secret.wkb")} {
		if f, _, err := Open(dir, name); err == nil {
			t.Errorf("%s was opened", name)
			f.Close()
		}
	}
	f, size, err := Open(dir, "wattkiosk/c.wkb")
	if err != nil || size != 15 {
		t.Fatal(err)
	}
	f.Close()
}

// TestFolderIsALink: the folder of a stick may be anything.
func TestFolderIsALink(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	put(t, outside, "secret.wkb", "secret")
	if err := os.Symlink(outside, filepath.Join(dir, Dir)); err != nil {
		t.Fatal(err)
	}
	if got, err := Find(dir, 8); err != nil || len(got) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := Write(dir, "report", ".txt", []byte("x")); err == nil {
		t.Error("a report was written outside of the stick")
	}
	if list, err := os.ReadDir(outside); err != nil || len(list) != 1 {
		t.Errorf("%v, %v", list, err)
	}
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	for _, want := range []string{"wattkiosk/r.txt", "wattkiosk/r-2.txt", "wattkiosk/r-3.txt"} {
		if got, err := Write(dir, "r", ".txt", []byte(want)); got != want || err != nil {
			t.Errorf("%q, %v", got, err)
		}
		if b, err := os.ReadFile(filepath.Join(dir, want)); string(b) != want || err != nil {
			t.Errorf("%q, %v", b, err)
		}
	}
	if _, err := Write(dir, "r", ".txt", make([]byte, maxReport+1)); err == nil {
		t.Error("too long")
	}
}

func TestMountsRefuse(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "sda1", "nothing that is a file system")
	m := Mounts{Dev: dir, Place: filepath.Join(dir, "stick")}
	if _, _, err := m.Mount("sda1", false); !errors.Is(err, ErrFileSystem) {
		t.Errorf("%v", err)
	}
	if _, _, err := m.Mount("sdb1", false); err == nil {
		t.Error("there is no sdb1")
	}
	if _, _, err := m.Mount("../../dev/null", false); err == nil {
		t.Error("another folder")
	}
}
