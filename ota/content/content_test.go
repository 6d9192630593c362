package content

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// tree is what a folder holds: name and text of each file, through the link.
func tree(t *testing.T, dir string) (list []string) {
	t.Helper()
	err := filepath.WalkDir(dir+"/", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || e.Name() == packFile {
			return err
		}
		text, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		list = append(list, rel+"="+string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestInstall(t *testing.T) {
	mk, dir := newMaker(t), filepath.Join(t.TempDir(), "content")
	if packs, err := Current(dir); err != nil || packs != nil {
		t.Fatalf("%v %v", packs, err)
	}
	for build := range uint64(4) {
		build += 7
		bd := mk.bundle(build, map[string][]byte{
			"media":   files(t, "clips/安全用电.webm", fmt.Sprint("film ", build), "playlist.json", "[]"),
			"notices": files(t, "停电通知.txt", fmt.Sprint("notice ", build)),
		})
		for range 2 { // again changes nothing
			if err := Install(t.Context(), bd, dir); err != nil {
				t.Fatal(err)
			}
		}
		if got := tree(t, filepath.Join(dir, "media/current")); !slices.Equal(got, []string{fmt.Sprint("clips/安全用电.webm=film ", build), "playlist.json=[]"}) {
			t.Errorf("%q", got)
		}
	}
	packs, err := Current(dir)
	if err != nil || len(packs) != 2 || packs[0].Target != "media" || packs[0].Build != 10 || packs[0].Version != "autumn" || packs[0].Files != 2 || packs[0].Size != 9 {
		t.Fatalf("%+v %v", packs, err)
	}
	if got, err := os.ReadFile(filepath.Join(packs[1].Folder, "停电通知.txt")); err != nil || string(got) != "notice 10" {
		t.Errorf("%q %v", got, err)
	}
	entries, err := os.ReadDir(filepath.Join(dir, "media"))
	if err != nil || len(entries) != 3 || !strings.HasPrefix(entries[0].Name(), "10-") || !strings.HasPrefix(entries[1].Name(), "9-") {
		t.Errorf("the pack before stays, and no other: %v", entries)
	}
	st, err := os.Stat(filepath.Join(packs[0].Folder, "playlist.json"))
	if err != nil || st.Mode() != 0o644 {
		t.Errorf("mode %v", st.Mode())
	}
	if err := Install(t.Context(), mk.bundle(9, map[string][]byte{"media": files(t, "a", "replayed")}), dir); code(err) != Older {
		t.Errorf("an older pack: %v", err)
	}
}

func TestRefused(t *testing.T) {
	reg := func(name string) tar.Header {
		return tar.Header{Name: name, Typeflag: tar.TypeReg, Size: 1, Mode: 0o644, Format: tar.FormatPAX}
	}
	kind := func(name string, kind byte, to string) tar.Header {
		return tar.Header{Name: name, Typeflag: kind, Linkname: to, Format: tar.FormatPAX}
	}
	deep := strings.Repeat("d/", MaxDepth)
	long := strings.Repeat("n", MaxName)
	var crowd []tar.Header
	for i := range MaxFiles + 1 {
		crowd = append(crowd, kind(fmt.Sprint("f", i), tar.TypeDir, ""))
	}
	for _, tt := range []struct {
		name  string
		heads []tar.Header
		good  bool
	}{
		{"plain", []tar.Header{kind("./", tar.TypeDir, ""), kind("a/", tar.TypeDir, ""), reg("./a/b"), reg("a/c/d"), kind("a/c", tar.TypeDir, "")}, true},
		{"as deep as may be", []tar.Header{reg(deep[2:] + "x"), reg(long)}, true},
		{"upward", []tar.Header{reg("../a")}, false},
		{"upward inside", []tar.Header{reg("a/../../b")}, false},
		{"absolute", []tar.Header{reg("/etc/passwd")}, false},
		{"our own file", []tar.Header{reg(packFile)}, false},
		{"hidden folder", []tar.Header{reg("a/.git/x")}, false},
		{"backslash", []tar.Header{reg(`a\b`)}, false},
		{"line feed", []tar.Header{reg("a\nb")}, false},
		{"no text", []tar.Header{reg("a\xffb")}, false},
		{"link", []tar.Header{kind("a", tar.TypeSymlink, "/etc")}, false},
		{"through a link", []tar.Header{kind("a", tar.TypeSymlink, "/tmp"), reg("a/b")}, false},
		{"hard link", []tar.Header{reg("a"), kind("b", tar.TypeLink, "a")}, false},
		{"device", []tar.Header{kind("a", tar.TypeBlock, "")}, false},
		{"pipe", []tar.Header{kind("a", tar.TypeFifo, "")}, false},
		{"twice", []tar.Header{reg("a"), reg("a")}, false},
		{"twice in disguise", []tar.Header{reg("a"), reg("./a")}, false},
		{"file, then folder", []tar.Header{reg("a"), reg("a/b")}, false},
		{"folder, then file", []tar.Header{reg("a/b"), reg("a")}, false},
		{"too deep", []tar.Header{reg(deep + "x")}, false},
		{"name too long", []tar.Header{reg(long + "n")}, false},
		{"too many", crowd, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			err := extract(t, pack(t, tt.heads, slices.Repeat([]string{"x"}, len(tt.heads))), dir)
			if tt.good != (err == nil) || err != nil && code(err) != BadPack {
				t.Errorf("%v", err)
			}
		})
	}
}

// extract unpacks a tar without a bundle about it.
func extract(t testing.TB, data []byte, dir string) error {
	t.Helper()
	d, err := openDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	x := extraction{ctx: t.Context(), disk: d, folder: "pack.new", most: int64(len(data)), kinds: map[string]bool{}}
	return x.all(bytes.NewReader(data))
}

// TestSparse has a file of a terabyte in a few bytes.
func TestSparse(t *testing.T) {
	h := tar.Header{Name: "a", Typeflag: tar.TypeReg, Size: 1, Format: tar.FormatPAX, PAXRecords: map[string]string{
		"WATTKIOSK.sparse.major": "1", "WATTKIOSK.sparse.minor": "0", "WATTKIOSK.sparse.realsize": "1099511627776", "WATTKIOSK.sparse.name": "a",
	}}
	data := bytes.ReplaceAll(pack(t, []tar.Header{h}, []string{"x"}), []byte("WATTKIOSK.sparse."), []byte("GNU.sparse."))
	if err := extract(t, data, t.TempDir()); code(err) != BadPack {
		t.Errorf("%v", err)
	}
}

// TestCutShort cuts inside of a header or a file. Between two of them a tar may end.
func TestCutShort(t *testing.T) {
	data := files(t, "a", strings.Repeat("x", 3000), "b", "y")
	for cut := 1; cut < 4096; cut += 37 {
		between := cut >= 512+3000 && cut <= 512+3072
		if err := extract(t, data[:cut], t.TempDir()); !between && code(err) != BadPack {
			t.Errorf("cut at %d: %v", cut, err)
		}
	}
}

func FuzzTar(f *testing.F) {
	f.Add(files(f, "clips/a.webm", "film", "playlist.json", "[]"))
	f.Add(pack(f, []tar.Header{{Name: "a", Typeflag: tar.TypeSymlink, Linkname: "/etc"}}, []string{""}))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		if err := extract(t, data, dir); err != nil && code(err) != BadPack {
			t.Errorf("%v has no code", err)
		}
		size := int64(0)
		err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			st, err := e.Info()
			if err != nil || !st.Mode().IsRegular() || st.Mode().Perm() != 0o644 {
				t.Errorf("%s: %v %v", path, st, err)
			}
			size += st.Size()
			return nil
		})
		entries, err2 := os.ReadDir(dir)
		if err != nil || err2 != nil || len(entries) > 1 || size > int64(len(data)) {
			t.Errorf("%v %v, %d bytes, %v", err, err2, size, entries)
		}
	})
}
