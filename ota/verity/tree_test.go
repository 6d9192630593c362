package verity_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"wattkiosk/ota/verity"
)

// sizes are in blocks: two blocks, a full block of hashes and one more, three levels.
var sizes = []int{2, 127, 128, 129, 16384, 16385}

func made(t *testing.T, blocks int) (verity.Root, []byte) {
	t.Helper()
	data := make([]byte, blocks*verity.BlockSize)
	_, _ = rand.NewChaCha8([32]byte{byte(blocks)}).Read(data)
	root, tree, err := verity.Make(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return root, append(data, tree...)
}

// TestByVeritysetup holds the tree against cryptsetup's own, where that is installed.
func TestByVeritysetup(t *testing.T) {
	setup, err := exec.LookPath("veritysetup")
	if err != nil {
		t.Skip("veritysetup (package cryptsetup-bin) is not installed")
	}
	for _, blocks := range sizes {
		root, disk := made(t, blocks)
		size := blocks * verity.BlockSize
		dir := t.TempDir()
		data, tree := filepath.Join(dir, "data"), filepath.Join(dir, "tree")
		if err := os.WriteFile(data, disk[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		fields := strings.Fields(root.Table("254:5"))
		out, err := exec.Command(setup, "format", "--no-superblock", "--salt="+fields[len(fields)-1], data, tree).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if !strings.Contains(string(out), fields[len(fields)-2]) {
			t.Errorf("%d blocks: root hash %s, veritysetup says %s", blocks, fields[len(fields)-2], out)
		}
		if theirs, err := os.ReadFile(tree); err != nil || !bytes.Equal(theirs, disk[size:]) {
			t.Errorf("%d blocks: another tree than veritysetup's %v", blocks, err)
		}
	}
}

// TestFixed: the same bytes have the same tree in every build, or deltas would grow.
func TestFixed(t *testing.T) {
	root, _, err := verity.Make(bytes.NewReader(make([]byte, 2*verity.BlockSize)), 2*verity.BlockSize)
	if err != nil {
		t.Fatal(err)
	}
	const want = "1 254:5 254:5 4096 4096 2 2 sha256 "
	if got := root.Table("254:5"); !strings.HasPrefix(got, want) || root.Sectors() != 16 {
		t.Errorf("%s, %d sectors", got, root.Sectors())
	}
}

func TestAttackChangedByte(t *testing.T) {
	for _, blocks := range sizes {
		root, disk := made(t, blocks)
		if err := root.Check(bytes.NewReader(disk)); err != nil {
			t.Fatalf("%d blocks: %v", blocks, err)
		}
		for _, at := range []int{0, blocks*verity.BlockSize - 1, blocks * verity.BlockSize, len(disk) - 1, len(disk) / 2} {
			changed := bytes.Clone(disk)
			changed[at] ^= 1
			if err := root.Check(bytes.NewReader(changed)); !errors.Is(err, verity.ErrChanged) {
				t.Errorf("%d blocks, byte %d changed: %v", blocks, at, err)
			}
		}
		if err := root.Check(bytes.NewReader(disk[:len(disk)-verity.BlockSize])); err == nil {
			t.Errorf("%d blocks: a root that was cut off is taken", blocks)
		}
	}
}

func TestDescription(t *testing.T) {
	root, _ := made(t, 129)
	text, err := json.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	var again verity.Root
	if err := json.Unmarshal(text, &again); err != nil || again != root {
		t.Errorf("%s: %v", text, err)
	}
	for _, bad := range []string{`{}`, `{"blocks":0,"hash":"00"}`, `{"blocks":5,"hash":"zz"}`, `{"blocks":99999999999,"hash":"` + strings.Repeat("00", 32) + `"}`, `[]`} {
		if err := json.Unmarshal([]byte(bad), &again); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
	if _, _, err := verity.Make(bytes.NewReader(make([]byte, 100)), 100); err == nil {
		t.Error("a file system of 100 bytes was taken")
	}
}
