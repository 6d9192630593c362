// Command kioskguest takes kioskd's place in the lab: it boots a board image under
// QEMU, with kioskd in it, joined to the lab's simulated devices by serial ports
// and to its head office by the network. Its process becomes QEMU, so that killing
// it is a power cut of the whole board.
//
// It is named kioskd, lies in a folder of programs that kiosklab is given by --bin,
// and finds the image in that folder's sub-folder image (made by mkimage with the
// overlay boards/image/lab). The board's disk is DIR/disk.img beside the
// configuration; it is made once and then kept. QEMU's own control socket (QMP) is
// DIR/qmp.sock; a stick can be plugged in there, if the environment has LAB_USB.
// With LAB_WRITE_LOG the first run records every write to the disk in the file of
// that name, and keeps the disk as it was before in DIR/disk.begin.img. With
// LAB_ICOUNT the guest's clock counts its instructions, 2 to the power of this in
// nanoseconds each, so that a busy host does not look like a hung guest. With LAB_COLD
// a restart of the guest ends QEMU, for the lab to start again. The file that
// LAB_SECOND_DISK names is a second disk of the board, whenever it is there. With LAB_TPM the
// board has a TPM 2.0 (swtpm), whose memory is the folder of that name. Its clock begins where
// the lab's is.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"wattkiosk/boards/ground/labclock"
	"wattkiosk/boards/image"
	"wattkiosk/firmware/config"
)

func main() {
	path := flag.String("config", "", "the lab's kiosk.toml")
	flag.Parse()
	if err := run(*path); err != nil {
		fmt.Fprintln(os.Stderr, "kioskguest:", err)
		os.Exit(1)
	}
}

func run(path string) error {
	cfg, err := config.Load([]string{path}, nil, nil)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	img, err := image.Describe(filepath.Join(filepath.Dir(self), "image"))
	if err != nil {
		return err
	}
	disk := filepath.Join(filepath.Dir(path), "disk.img")
	if _, err := os.Stat(disk); err != nil {
		if err := prepare(img, cfg, disk); err != nil {
			return err
		}
	}
	drive := image.Drive{Path: disk, Log: os.Getenv("LAB_WRITE_LOG")}
	if drive.Log != "" {
		if err := record(drive); err != nil {
			return err
		}
	}
	args, err := img.Emulate(drive)
	if err != nil {
		return err
	}
	if second := os.Getenv("LAB_SECOND_DISK"); second != "" {
		if _, err := os.Stat(second); err == nil {
			args = append(args, "-drive", "if=none,id=second,format=raw,file="+second, "-device", "virtio-blk-pci,drive=second")
		}
	}
	if chip := os.Getenv("LAB_TPM"); chip != "" {
		more, err := startTPM(chip)
		if err != nil {
			return err
		}
		args = append(args, more...)
	}
	if os.Getenv("LAB_USB") != "" {
		args = append(args, "-device", "qemu-xhci,id=usb")
	}
	if os.Getenv("LAB_COLD") != "" {
		args = append(args, "-no-reboot")
	}
	if shift := os.Getenv("LAB_ICOUNT"); shift != "" {
		args = append(args, "-icount", "shift="+shift)
	}
	if clock := labclock.Open(os.Getenv(labclock.Env)); clock.Shift() != 0 {
		args = append(args, "-rtc", "base="+clock.Now().UTC().Format("2006-01-02T15:04:05"))
	}
	_, screen, _ := strings.Cut(cfg.ScreenAddr, ":")
	args = append(args, "-qmp", "unix:"+filepath.Join(filepath.Dir(path), "qmp.sock")+",server=on,wait=off", "-serial", "file:"+filepath.Join(filepath.Dir(path), "console.log"),
		"-netdev", "user,id=net,hostfwd=tcp:127.0.0.1:"+screen+"-:18080", "-device", "virtio-net-pci,netdev=net",
		"-chardev", "serial,id=validator,path="+filepath.Join(cfg.BoardDir, "dev/validator"),
		"-chardev", "serial,id=printer,path="+filepath.Join(cfg.BoardDir, "dev/printer"),
		"-device", "pci-serial-2x,chardev1=validator,chardev2=printer")
	qemu, err := exec.LookPath(args[0])
	if err != nil {
		return err
	}
	return syscall.Exec(qemu, args, os.Environ())
}
