package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"text/template"

	"wattkiosk/boards/image"
	"wattkiosk/firmware/config"
)

// guestDir is where the guest has its settings.
const guestDir = "/data/config/kiosk.d"

// kioskGroup is the group wattkiosk of the image (boards/image/files/root/etc/group).
const kioskGroup = "990"

var guestToml = template.Must(template.New("guest").Parse(`# Written by kioskguest.
kiosk       = {{printf "%q" .Kiosk}}
incarnation = {{.Incarnation}}
profile     = {{printf "%q" .Profile}}
policy_key  = {{printf "%q" .PolicyKey}}

[uplink]
broker      = {{printf "%q" .Uplink.Broker}}
ports       = [{{range $i, $port := .Uplink.Ports}}{{if $i}}, {{end}}{{$port}}{{end}}]
server_name = "127.0.0.1"
ca          = {{printf "%q" .Uplink.CA}}
cert        = {{printf "%q" .Uplink.Cert}}
key         = {{printf "%q" .Uplink.Key}}

[journal]
key_file = {{printf "%q" .Journal.KeyFile}}

[devices.validator]
driver = {{printf "%q" .Devices.Validator.Driver}}
`))

// prepare makes the board's disk and puts the lab's settings onto its data
// partition, as enrolment would.
func prepare(img image.Description, cfg config.Config, disk string) error {
	if out, err := exec.Command("cp", "--sparse=always", img.Path(img.Disk), disk+".new").CombinedOutput(); err != nil {
		return fmt.Errorf("cannot copy the disk: %w: %s", err, out)
	}
	_, line, _ := strings.Cut(strings.TrimPrefix(cfg.Uplink.Broker, "tls://"), ":")
	cfg.Uplink.Broker = "tls://10.0.2.2:" + line // the host, in QEMU's user network
	data, ok := img.Partition("data")
	if !ok {
		return fmt.Errorf("the image has no data partition")
	}
	tmp, err := os.MkdirTemp("", "kioskguest")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	script := append([]string{"mkdir config", "mkdir config/kiosk.d"}, kioskReads("config", "040750")...)
	script = append(script, kioskReads("config/kiosk.d", "040750")...)
	put := func(name, from string) {
		script = append(script, fmt.Sprintf("write %s config/%s", from, name))
		script = append(script, kioskReads("config/"+name, "0100640")...)
	}
	for _, file := range []*string{&cfg.PolicyKey, &cfg.Uplink.CA, &cfg.Uplink.Cert, &cfg.Uplink.Key} {
		if *file == "" {
			continue
		}
		name := filepath.Base(*file)
		put("kiosk.d/"+name, *file)
		*file = guestDir + "/" + name
	}
	cfg.Journal.KeyFile = "/var/lib/wattkiosk/journal.key" // made by kioskd
	var toml strings.Builder
	if err := guestToml.Execute(&toml, cfg); err != nil {
		return err
	}
	for name, text := range map[string]string{"kiosk.d/kiosk.toml": toml.String(), "lab.env": "JOB_PORT=" + os.Getenv("LAB_JOB_PORT") + "\n"} {
		from := filepath.Join(tmp, filepath.Base(name))
		if err := os.WriteFile(from, []byte(text), 0o600); err != nil {
			return err
		}
		put(name, from)
	}
	cmd := exec.Command("debugfs", "-w", "-f", "-", fmt.Sprintf("%s?offset=%d", disk+".new", data.Offset))
	cmd.Stdin = strings.NewReader(strings.Join(script, "\n") + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("cannot write to the data partition: %w: %s", err, out)
	}
	return os.Rename(disk+".new", disk)
}

// kioskReads gives what is on the data partition to root and the group that kioskd is of, as
// enrolment does: kioskd starts before systemd-tmpfiles would.
func kioskReads(path, mode string) []string {
	return []string{"sif " + path + " gid " + kioskGroup, "sif " + path + " mode " + mode}
}

// record makes the empty log of a disk's writes, and keeps the disk as it is. A
// second run with the same log would begin it anew, so it is refused.
func record(d image.Drive) error {
	log, err := os.OpenFile(d.Log, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("cannot record the writes of a second run: %w", err)
	}
	if err := log.Close(); err != nil {
		return err
	}
	begin := strings.TrimSuffix(d.Path, ".img") + ".begin.img"
	if out, err := exec.Command("cp", "--sparse=always", d.Path, begin).CombinedOutput(); err != nil {
		return fmt.Errorf("cannot keep the disk: %w: %s", err, out)
	}
	return nil
}
