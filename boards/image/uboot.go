package image

import (
	"errors"
	"io/fs"
	"strings"
)

// Files that a board's U-Boot is built with.
const (
	ubootText   = "uboot.txt"    // its environment, with the boot script in it
	ubootConfig = "uboot.config" // its configuration beside the maker's
)

// oneLine is a boot script as the value of one variable: U-Boot's environment has no lines.
// Comments are left out.
func oneLine(script string) string {
	var b strings.Builder
	open := true // the last word wants a command, and no separator
	for line := range strings.Lines(script) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		switch {
		case b.Len() == 0:
		case open:
			b.WriteByte(' ')
		default:
			b.WriteString("; ")
		}
		b.WriteString(line)
		last := line[strings.LastIndexAny(line, " ;")+1:]
		open = last == "then" || last == "do" || last == "else"
	}
	return b.String()
}

// bootText is U-Boot's environment: the boot script as what it starts with, of the board's
// own disk. U-Boot has no console and no countdown.
func (b *builder) bootText() (string, error) {
	script, err := b.template("boot.cmd")
	if err != nil {
		return "", err
	}
	disk, first := "devtype=mmc\ndevnum=0\n", "mmc dev 0; "
	if b.tested {
		disk, first = "devtype=virtio\ndevnum=0\n", "pci enum; virtio scan; "
	}
	return "bootdelay=-2\n" + disk + "bootcmd=" + first + oneLine(string(script)) + "\n", nil
}

// bootConfig is what U-Boot must be built with; "" where it comes with QEMU.
func (b *builder) bootConfig() (string, error) {
	own, err := fs.ReadFile(files, "files/uboot/"+b.Board+".config")
	if errors.Is(err, fs.ErrNotExist) && b.tested {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	common, err := fs.ReadFile(files, "files/uboot/common.config")
	return string(common) + "\n" + string(own), err
}

// forUBoot writes what a board's U-Boot is built with beside the image.
func (b *builder) forUBoot() error {
	text, err := b.bootText()
	if err != nil {
		return err
	}
	if err := write(b.out(ubootText), []byte(text), 0o644); err != nil {
		return err
	}
	config, err := b.bootConfig()
	if err != nil || config == "" {
		return err
	}
	return write(b.out(ubootConfig), []byte(config), 0o644)
}
