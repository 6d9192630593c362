package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

const (
	tpmTries = 20
	tpmAgain = 100 * time.Millisecond
)

// startTPM starts a TPM that has its memory in a folder, and returns how QEMU is joined to it:
// by a virtio port, from where guesttpm makes it the guest's. It ends with QEMU; one of a board
// whose power was cut may still be about to.
func startTPM(dir string) ([]string, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	socket := filepath.Join(dir, fmt.Sprintf("%d.sock", os.Getpid()))
	for try := 1; ; try++ {
		out, err := exec.Command("swtpm", "socket", "--tpm2", "--tpmstate", "dir="+dir, "--server", "type=unixio,path="+socket, "--flags", "startup-clear", "--terminate", "--daemon").CombinedOutput()
		switch {
		case err == nil:
			return []string{"-chardev", "socket,id=tpm,path=" + socket, "-device", "virtio-serial-pci", "-device", "virtserialport,chardev=tpm,name=tpm"}, nil
		case try == tpmTries:
			return nil, fmt.Errorf("cannot start the TPM: %w: %s", err, out)
		}
		time.Sleep(tpmAgain)
	}
}
