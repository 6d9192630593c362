package image

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"wattkiosk/ota/slot"
)

// imagesVariable names folders of images to check, parted by colons.
const imagesVariable = "WATTKIOSK_IMAGES"

// TestStructure takes finished images apart with other people's tools: what a board
// that cannot be run here would find.
func TestStructure(t *testing.T) {
	dirs := filepath.SplitList(os.Getenv(imagesVariable))
	if len(dirs) == 0 {
		t.Skip(imagesVariable + " names no images")
	}
	for _, dir := range dirs {
		d, err := Describe(dir)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(d.Board+"-"+string(d.Variant), func(t *testing.T) {
			checkTable(t, d)
			checkState(t, d)
			checkBoot(t, d)
			checkRoot(t, d)
			checkBill(t, d)
		})
	}
}

func tool(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// checkTable reads the partition table, and the slots' copies in it.
func checkTable(t *testing.T, d Description) {
	t.Helper()
	var table struct {
		PartitionTable struct {
			Label      string
			Partitions []struct {
				Name        string
				Start, Size int64 // sectors
			}
		}
	}
	if err := json.Unmarshal([]byte(tool(t, "sfdisk", "--json", d.Path(d.Disk))), &table); err != nil {
		t.Fatal(err)
	}
	if out := tool(t, "sfdisk", "--verify", d.Path(d.Disk)); !strings.Contains(out, "No errors detected") {
		t.Errorf("%s", out)
	}
	parts := table.PartitionTable.Partitions
	names := make([]string, len(parts))
	for i, p := range parts {
		names[i] = p.Name
		if said, ok := d.Partition(p.Name); !ok || said.Offset != p.Start*512 || said.Size != p.Size*512 {
			t.Errorf("partition %s: the table has %d+%d, image.json %+v", p.Name, p.Start*512, p.Size*512, said)
		}
	}
	if got := strings.Join(names, " "); table.PartitionTable.Label != "gpt" || got != "boot state boot_a boot_b root_a root_b data" {
		t.Errorf("%s table of %s", table.PartitionTable.Label, got)
	}
	for name, file := range map[string]string{"boot_a": d.Boot, "boot_b": d.Boot, "root_a": d.Root, "root_b": d.Root} {
		want, err := os.ReadFile(d.Path(file))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(partBytes(t, d, name)[:len(want)], want) {
			t.Errorf("%s does not hold %s", name, file)
		}
	}
}

// partBytes is what a partition holds.
func partBytes(t *testing.T, d Description, name string) []byte {
	t.Helper()
	p, ok := d.Partition(name)
	if !ok {
		t.Fatalf("no partition %s", name)
	}
	f, err := os.Open(d.Path(d.Disk))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b := make([]byte, p.Size)
	if _, err := f.ReadAt(b, p.Offset); err != nil {
		t.Fatal(err)
	}
	return b
}

// partFile is a partition as a file of its own.
func partFile(t *testing.T, d Description, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, partBytes(t, d, name), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// checkState reads the boot state by the agent's own reader; both copies say that
// slot a is good and nothing is tried.
func checkState(t *testing.T, d Description) {
	t.Helper()
	state := partBytes(t, d, "state")
	s, at, err := slot.Read(bytes.NewReader(state))
	if err != nil || at != 0 || s.Good != slot.A || s.Try != "" || s.Seq != 1 || s.Floor != 0 {
		t.Errorf("state at %d: %+v, %v", at, s, err)
	}
	copy(state, make([]byte, 4)) // a torn first copy
	s, at, err = slot.Read(bytes.NewReader(state))
	if err != nil || at != 1<<20 || s.Good != slot.A || s.Seq != 0 {
		t.Errorf("second copy at %d: %+v, %v", at, s, err)
	}
}

// checkBoot checks that there is no boot script on the disk, and the signature of the boot image
// against the public key, and that an altered one is refused.
func checkBoot(t *testing.T, d Description) {
	t.Helper()
	boot := partFile(t, d, "boot")
	dir := t.TempDir()
	if found := tool(t, "mdir", "-b", "-i", boot, "::"); strings.TrimSpace(found) != "" {
		t.Errorf("on the boot partition: %s", found)
	}
	text, err := os.ReadFile(d.Path(ubootText))
	if err != nil || !strings.Contains(string(text), "bootm ${fitaddr}#kiosk") || strings.Contains(string(text), "@") {
		t.Errorf("U-Boot's environment: %q, %v", text, err)
	}
	fit := filepath.Join(dir, "kernel.itb")
	tool(t, "mcopy", "-i", partFile(t, d, "boot_a"), "::kernel.itb", fit)
	b, err := os.ReadFile(fit)
	if err != nil {
		t.Fatal(err)
	}
	if ok, said := accepts(t, d, b); !ok {
		t.Errorf("U-Boot refuses the boot image:\n%s", said)
	}
	b[len(b)/2] ^= 1
	if ok, said := accepts(t, d, b); ok {
		t.Errorf("U-Boot takes an altered boot image:\n%s", said)
	}
}

// accepts has Debian's U-Boot, under QEMU and with the image's public key in its
// device tree, verify a boot image of the board's architecture. It loads nothing to
// where the board has memory, so the board need not be QEMU's.
func accepts(t *testing.T, d Description, fit []byte) (ok bool, said string) {
	t.Helper()
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	save := func(name string, b []byte) {
		if err := os.WriteFile(in(name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	host := map[string]string{"arm64": "qemuarm64", "armhf": "qemuarm"}[targets()[d.Board].debian]
	machine := Machine(host)
	args := append([]string{}, machine...)
	args[1] += ",dumpdtb=" + in("qemu.dtb")
	tool(t, Emulator(host), append(args, "-display", "none")...)
	tree := tool(t, "dtc", "-q", "-O", "dts", d.Path(d.KeyTree)) + strings.TrimPrefix(tool(t, "dtc", "-q", "-O", "dts", in("qemu.dtb")), "/dts-v1/;")
	save("tree.dts", []byte(tree))
	tool(t, "dtc", "-q", "-O", "dtb", "-p", "4096", "-o", in("tree.dtb"), in("tree.dts"))
	save("boot.cmd", []byte(`load virtio 0:1 0x50000000 kernel.itb
if bootm start 0x50000000#kiosk 0x50000000#kiosk ${fdtcontroladdr}; then echo verdict=accepted; else echo verdict=refused; fi
reset
`))
	tool(t, "mkimage", "-A", targets()[host].fitArch, "-T", "script", "-C", "none", "-d", in("boot.cmd"), in("boot.scr"))
	save("kernel.itb", fit)
	const size, start = 64 << 20, 1 << 20
	if err := blank(in("disk"), size); err != nil {
		t.Fatal(err)
	}
	tool(t, "sh", "-c", "echo start=2048,type=c | sfdisk -q "+in("disk"))
	tool(t, "mkfs.vfat", "--offset=2048", in("disk"), fmt.Sprint((size-start)/1024))
	tool(t, "mcopy", "-i", fmt.Sprint(in("disk"), "@@", start), in("boot.scr"), in("kernel.itb"), "::")
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	args = append(append([]string{}, machine...), "-bios", targets()[host].uboot, "-dtb", in("tree.dtb"), "-drive", "if=none,id=disk,format=raw,file="+in("disk"),
		"-device", "virtio-blk-pci,drive=disk", "-nic", "none", "-display", "none", "-monitor", "none", "-serial", "stdio", "-no-reboot")
	out, err := exec.CommandContext(ctx, Emulator(host), args...).CombinedOutput()
	said = string(out)
	accepted, refused := strings.Contains(said, "verdict=accepted"), strings.Contains(said, "verdict=refused")
	if err != nil || accepted == refused {
		t.Fatalf("U-Boot does not judge: %v\n%s", err, said)
	}
	return accepted, said
}

// checkRoot looks into the root: programs of the right machine, the unit, the
// release; and at the data partition.
func checkRoot(t *testing.T, d Description) {
	t.Helper()
	machine := map[string]string{"arm64": "\x7fELF\x02\x01", "armhf": "\x7fELF\x01\x01"}[targets()[d.Board].debian]
	for _, path := range []string{"usr/bin/wattkiosk", "usr/lib/wattkiosk/vendorhost"} {
		if b := tool(t, "unsquashfs", "-cat", d.Path(d.Root), path); !strings.HasPrefix(b, machine) {
			t.Errorf("%s begins with %q", path, b[:min(6, len(b))])
		}
	}
	if b := tool(t, "unsquashfs", "-cat", d.Path(d.Root), "etc/wattkiosk/release.json"); !strings.Contains(b, fmt.Sprintf(`"board":%q`, d.Board)) ||
		!strings.Contains(b, fmt.Sprintf(`"build":%d`, d.Build)) {
		t.Errorf("release.json: %s", b)
	}
	list := tool(t, "unsquashfs", "-l", d.Path(d.Root))
	links := tool(t, "unsquashfs", "-ll", d.Path(d.Root))
	for _, link := range []string{"kioskd -> wattkiosk", "kioskctl -> wattkiosk", "halsmoke -> wattkiosk", "sh -> busybox"} {
		if !strings.Contains(links, "squashfs-root/usr/bin/"+link+"\n") {
			t.Errorf("no link %s", link)
		}
	}
	for path, want := range map[string]bool{
		"etc/systemd/system/multi-user.target.wants/kioskd.service": true,
		"usr/bin/apt": false, "usr/bin/dpkg": false, "usr/sbin/sshd": false, "usr/bin/su": false, "usr/bin/login": true, "usr/sbin/agetty": true, "usr/sbin/e2fsck": true, "usr/sbin/resize2fs": true,
		"usr/bin/cage": d.Variant == Screen, "usr/bin/cog": d.Variant == Screen,
	} {
		if strings.Contains(list, "squashfs-root/"+path+"\n") != want {
			t.Errorf("%s: want %v", path, want)
		}
	}
	if out, err := exec.Command("e2fsck", "-fn", partFile(t, d, "data")).CombinedOutput(); err != nil {
		t.Errorf("data: %v %s", err, out)
	}
}

// checkBill reads the bill of materials: both of Debian's packages and of Go's
// modules, each package with its hash.
func checkBill(t *testing.T, d Description) {
	t.Helper()
	f, err := os.Open(d.Path(d.SBOM))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var bom cdx.BOM
	if err := cdx.NewBOMDecoder(f, cdx.BOMFileFormatJSON).Decode(&bom); err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, c := range *bom.Components {
		kind, rest, _ := strings.Cut(strings.TrimPrefix(c.PackageURL, "pkg:"), "/")
		kinds[kind]++
		if rest == "" || c.Version == "" || kind == "deb" && (c.Hashes == nil || len((*c.Hashes)[0].Value) != 64) {
			t.Errorf("component %+v", c)
		}
	}
	if kinds["deb"] < 50 || kinds["golang"] < 10 {
		t.Errorf("components %v", kinds)
	}
}
