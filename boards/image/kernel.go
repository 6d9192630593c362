package image

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// keepKernel moves the kernel out of the tree and keeps of its modules those that
// the board needs, with what they need themselves.
func (b *builder) keepKernel(tree string) error {
	kernels, err := filepath.Glob(filepath.Join(tree, "boot/vmlinuz-*"))
	if err != nil || len(kernels) != 1 {
		return fmt.Errorf("want one kernel, found %d", len(kernels))
	}
	if err := os.Rename(kernels[0], b.in("vmlinuz")); err != nil {
		return err
	}
	release := strings.TrimPrefix(filepath.Base(kernels[0]), "vmlinuz-")
	if err := os.RemoveAll(filepath.Join(tree, "boot")); err != nil {
		return err
	}
	if err := b.run("depmod", "-b", filepath.Join(tree, "usr"), release); err != nil {
		return err
	}
	dir := filepath.Join(tree, "usr/lib/modules", release)
	order, err := moduleOrder(dir, b.modules)
	if err != nil {
		return err
	}
	err = filepath.Walk(dir, func(path string, st os.FileInfo, err error) error {
		if err != nil || st.IsDir() || !strings.HasSuffix(path, ".ko") {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err == nil && !slices.Contains(order, rel) {
			err = os.Remove(path)
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := b.run("find", dir, "-type", "d", "-empty", "-delete"); err != nil {
		return err
	}
	if err := b.run("depmod", "-b", filepath.Join(tree, "usr"), release); err != nil {
		return err
	}
	return b.stageModules(dir)
}

// moduleOrder is the modules of a kernel that the names need, each after what it
// needs. A name that this kernel does not have, or has built in, is left out.
func moduleOrder(dir string, names []string) ([]string, error) {
	f, err := os.Open(filepath.Join(dir, "modules.dep"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	needs := map[string][]string{} // path: what it needs, the deepest last
	byName := map[string]string{}
	for sc := bufio.NewScanner(f); sc.Scan(); {
		path, deps, ok := strings.Cut(sc.Text(), ":")
		if !ok {
			continue
		}
		needs[path] = strings.Fields(deps)
		byName[moduleName(path)] = path
	}
	var order []string
	for _, name := range names {
		path, ok := byName[strings.ReplaceAll(name, "-", "_")]
		if !ok {
			continue
		}
		deps := slices.Clone(needs[path])
		slices.Reverse(deps)
		for _, p := range append(deps, path) {
			if !slices.Contains(order, p) {
				order = append(order, p)
			}
		}
	}
	return order, nil
}

func moduleName(path string) string {
	return strings.ReplaceAll(strings.TrimSuffix(filepath.Base(path), ".ko"), "-", "_")
}

// initrdModules are those without which there is no root, those of the TPM that opens the
// journal's key, which kioskd needs before udev comes to anything, and QEMU's network card,
// which else waits for udev too; udev loads the others.
var initrdModules = []string{
	"virtio_pci", "virtio_blk", "squashfs", "ext4", "crc32c_generic", "i6300esb", "sdhci_iproc", "sdhci_of_dwcmshc", "dw_mmc_rockchip", "sdhci_esdhc_imx",
	"mmc_block", "virtio_net", "bcm2835_wdt", "dw_wdt", "imx2_wdt",
	"dm_verity", "sha2_ce", "sha256_arm64", "sha2_arm_ce", "sha256_arm",
	"spi_bcm2835", "spi_rockchip", "spi_imx", "tpm_tis_spi",
}

// stageModules copies the initrd's modules, and the order to load them in.
func (b *builder) stageModules(dir string) error {
	order, err := moduleOrder(dir, initrdModules)
	if err != nil {
		return err
	}
	var list strings.Builder
	for _, rel := range order {
		data, err := os.ReadFile(filepath.Join(dir, rel))
		if err != nil {
			return err
		}
		name := filepath.Base(rel)
		if err := write(b.in("initrd/modules/"+name), data, 0o644); err != nil {
			return err
		}
		fmt.Fprintf(&list, "/modules/%s\n", name)
	}
	return write(b.in("initrd/modules.load"), []byte(list.String()), 0o644)
}

// initrd packs busybox, the program that opens the root and what it must be, the init
// script and the staged modules.
func (b *builder) initrd() error {
	busybox, err := os.ReadFile(b.in("tree/usr/bin/busybox"))
	if err != nil {
		return err
	}
	init, err := b.template("init")
	if err != nil {
		return err
	}
	if err := write(b.in("initrd/bin/busybox"), busybox, 0o755); err != nil {
		return err
	}
	openroot, err := os.ReadFile(filepath.Join(b.Programs, "openroot"))
	if err != nil {
		return err
	}
	if err := write(b.in("initrd/bin/openroot"), openroot, 0o755); err != nil {
		return err
	}
	root, err := json.Marshal(b.opened)
	if err != nil {
		return err
	}
	if err := write(b.in("initrd/root.json"), root, 0o644); err != nil {
		return err
	}
	if err := write(b.in("initrd/init"), init, 0o755); err != nil {
		return err
	}
	return b.run("sh", "-c", fmt.Sprintf(
		"mkdir -p initrd/dev initrd/proc initrd/sys initrd/sysroot && find initrd -exec touch -h -d @%d {} + && cd initrd && find . | sort | cpio --quiet -o -H newc --reproducible -R 0:0 | gzip -9n >../initrd.gz", epoch.Unix()))
}
