package image

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// suite is the Debian release that images are made of.
const suite = "bookworm"

// packages fills the tree from Debian's packages, takes the kernel out of it
// (vmlinuz.packed, and its modules in initrd), and keeps of the rest what is on the
// lists of this package. Both the packages as they come and what is left of them are
// kept in the cache.
func (b *builder) packages() error {
	list := append(packages(b.Variant), b.kernel)
	slices.Sort(list)
	whole := b.cached(append(list, suite, b.debian, fetched)...)
	left := b.cached(slices.Concat(list, []string{suite, b.debian, b.packing(), fetched}, b.keepList(), b.modules, initrdModules)...)
	if _, err := os.Stat(left); err != nil {
		if err := b.fetch(list, whole); err != nil {
			return err
		}
		if err := b.trim(whole); err != nil {
			return err
		}
		if err := b.run("tar", "-cf", left+".new", "--numeric-owner", "--sort=name", "tree", "files", "initrd", "vmlinuz.packed"); err != nil {
			return err
		}
		return os.Rename(left+".new", left)
	}
	return b.run("tar", "-xf", left, "--numeric-owner")
}

// cached is the file in the cache for what the words say.
func (b *builder) cached(words ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(words, "\n")))
	return filepath.Join(b.Cache, fmt.Sprintf("%s-%s.tar", b.debian, hex.EncodeToString(sum[:6])))
}

// Where an archive of packages says what it is made of.
const (
	packagesFile = "usr/share/wattkiosk/packages.txt" // a line for each package
	filesFolder  = "usr/share/wattkiosk/files"        // a file for each package: the names of its files
)

// fetched is what mmdebstrap does beside extracting. The versions are listed before
// it removes its own files.
const fetched = `mkdir -p "$1/` + filesFolder + `"; for f in "$1"/var/cache/apt/archives/*.deb; do [ -e "$f" ] || continue; ` +
	`dpkg-deb -f "$f" Package Version Architecture Source | tr '\n' '\t'; sha256sum <"$f" | cut -d' ' -f1; ` +
	`dpkg-deb --fsys-tarfile "$f" | tar -t >"$1/` + filesFolder + `/$(dpkg-deb -f "$f" Package)"; done >"$1/` + packagesFile + `"`

// fetch has mmdebstrap extract the packages into an archive, if it is not there.
func (b *builder) fetch(list []string, archive string) error {
	if _, err := os.Stat(archive); err == nil {
		return nil
	}
	hook := `mkdir -p "$1/usr/bin" "$1/usr/sbin" "$1/usr/lib"; for d in bin sbin lib; do ln -s usr/$d "$1/$d"; done`
	err := b.run("mmdebstrap", "--architectures="+b.debian, "--variant=extract", "--mode=root", "--format=tar", "--include="+strings.Join(list, ","),
		"--setup-hook="+hook, "--skip=extract/unlink", "--skip=essential/unlink", "--extract-hook="+fetched, suite, archive+".new")
	if err != nil {
		return err
	}
	return os.Rename(archive+".new", archive)
}

// trim unpacks an archive of packages and keeps what a kiosk needs.
func (b *builder) trim(archive string) error {
	tree := b.in("tree")
	if err := os.Mkdir(tree, 0o755); err != nil {
		return err
	}
	if err := b.run("tar", "-xf", archive, "-C", "tree", "--numeric-owner", "--exclude=./dev/*", "--exclude=./usr/share/doc", "--exclude=./usr/share/locale", "--exclude=./usr/share/man"); err != nil {
		return err
	}
	if err := b.keepKernel(tree); err != nil {
		return err
	}
	if err := b.authorities(tree); err != nil {
		return err
	}
	if err := b.keep(tree); err != nil {
		return err
	}
	if b.packing() == "none" {
		return os.Rename(b.in("vmlinuz"), b.in("vmlinuz.packed"))
	}
	return b.run("lz4", "-9", "-q", "--no-frame-crc", "vmlinuz", "vmlinuz.packed")
}

// authorities makes one file of the certificates of authorities, where programs look
// for it: Debian's package does that when it is installed, and here none is.
func (b *builder) authorities(tree string) error {
	found, err := filepath.Glob(filepath.Join(tree, "usr/share/ca-certificates/mozilla/*.crt"))
	if err != nil || len(found) == 0 {
		return fmt.Errorf("no certificates of authorities: %w", err)
	}
	var all []byte
	for _, path := range found {
		pem, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		all = append(all, pem...)
	}
	const bundle = "etc/ssl/certs/ca-certificates.crt"
	if err := write(filepath.Join(tree, bundle), all, 0o644); err != nil {
		return err
	}
	return write(filepath.Join(tree, filesFolder, "ca-certificates"), []byte("./"+bundle+"\n"), 0o644)
}
