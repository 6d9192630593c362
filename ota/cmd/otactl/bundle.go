package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/ota/bundle"
	"wattkiosk/ota/fleetkey"
	"wattkiosk/ota/manifest"
)

// order is what a bundle is made of, as the command line has it.
type order struct {
	m                  manifest.Manifest
	disk, image        string
	from               []string
	noFull             bool
	content            []string
	peripheral         []string
	older              bool
	lab                bool
	keyring, out       string
	roots, sign, fleet []string
	days, level        int
}

func bundleCommand() *cobra.Command {
	var o order
	cmd := &cobra.Command{
		Use: "bundle", Short: "makes a signed bundle: of a new board's disk, or of an image's parts, packs and firmware of devices", Args: exactly(0, "version", "build", "sign"),
		RunE: func(*cobra.Command, []string) error { return o.run() },
	}
	f := cmd.Flags()
	f.StringVar(&o.m.Board, "board", "*", "board; * (all) if there is nothing but content in it")
	f.StringVar(&o.m.Variant, "variant", "", "slim or screen; default: either")
	f.StringVar(&o.m.Version, "version", "", "version for people")
	f.Uint64Var(&o.m.Build, "build", 0, "build number")
	f.Uint64Var(&o.m.Floor, "floor", 0, "lowest build that a board accepts once this one has proven itself")
	f.StringVar(&o.m.Notes, "notes", "", "what changed")
	f.IntVar(&o.m.Data.ReadsFrom, "data-reads-from", manifest.Current().ReadsFrom, "oldest data format it reads")
	f.IntVar(&o.m.Data.Reads, "data-reads", manifest.Current().Reads, "newest data format it reads")
	f.IntVar(&o.m.Data.Writes, "data-writes", manifest.Current().Writes, "data format it writes")
	f.IntVar(&o.days, "days", 90, "days until it expires")
	f.StringVar(&o.disk, "disk", "", "image of a whole disk (disk.img), to flash new boards with; alone in its bundle")
	f.StringVar(&o.image, "image", "", "folder of the image (boot.img, root.squashfs)")
	f.StringArrayVar(&o.from, "from", nil, "folder of an older image to make a delta from; may be repeated")
	f.IntVar(&o.level, "level", 19, "zstd's level; lower is faster")
	f.BoolVar(&o.noFull, "no-full", false, "deltas only")
	f.StringArrayVar(&o.content, "content", nil, "TARGET=FOLDER or TARGET=FILE.tar: a pack; may be repeated")
	f.StringArrayVar(&o.peripheral, "peripheral", nil, "CLASS,DRIVER,MODEL,VERSION=FILE: firmware of a device; may be repeated")
	f.BoolVar(&o.older, "peripheral-older", false, "the devices' firmware may replace a newer one")
	f.BoolVar(&o.lab, "lab", false, "the image may be one for tests")
	f.StringVar(&o.keyring, "keyring", "keyring.json", "keyring, with its signatures beside it")
	f.StringArrayVar(&o.roots, "roots", nil, "roots.2.json, roots.3.json, … in this order, with their signatures beside them")
	f.StringArrayVar(&o.sign, "sign", nil, "a release key's .key; may be repeated")
	f.StringArrayVar(&o.fleet, "encrypt-to", nil, "a fleet key's .pub; may be repeated; default: not encrypted")
	f.StringVar(&o.out, "out", "update.wkb", "file")
	return cmd
}

func (o *order) run() error {
	if o.disk != "" && (o.image != "" || len(o.content) > 0 || len(o.peripheral) > 0) {
		return cmdline.Usage("--disk is for new boards and the rest for running ones: no board takes both in one bundle; make two")
	}
	if o.image != "" && len(o.peripheral) > 0 {
		return cmdline.Usage("--image and --peripheral: a board refuses them in one bundle, for a slot falls back and a device does not; make two")
	}
	if err := o.refuseLab(); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp("", "otactl")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	spec := bundle.Spec{Manifest: o.m, Level: o.level}
	spec.Manifest.Created = time.Now().UTC().Truncate(time.Second)
	spec.Manifest.Expires = spec.Manifest.Created.AddDate(0, 0, o.days)
	if spec.Payloads, err = o.payloads(tmp); err != nil {
		return err
	}
	if err := o.trust(&spec); err != nil {
		return err
	}
	f, err := os.Create(o.out)
	if err != nil {
		return err
	}
	return errors.Join(bundle.Write(f, spec), f.Close())
}

// trust reads the keys that sign and the files that are signed already.
func (o *order) trust(spec *bundle.Spec) (err error) {
	for _, path := range o.roots {
		set, err := readSigned(path)
		if err != nil {
			return err
		}
		spec.Roots = append(spec.Roots, set)
	}
	ring, err := readSigned(o.keyring)
	if err != nil {
		return err
	}
	spec.Keyring, spec.RootSigs = ring.Text, ring.Signatures
	for _, path := range o.fleet {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		key, err := fleetkey.ParsePublic(text)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		spec.EncryptTo = append(spec.EncryptTo, key)
	}
	spec.Signers, err = secretKeys(o.sign)
	return err
}
