package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"aead.dev/minisign"
	"github.com/spf13/cobra"

	"wattkiosk/ota/bundle"
	"wattkiosk/ota/manifest"
)

func bundleCommand() *cobra.Command {
	var m manifest.Manifest
	var image, keyring, out string
	var from, sign []string
	var days, level int
	var noFull bool
	cmd := &cobra.Command{Use: "bundle", Short: "makes a signed bundle out of a board image's parts", Args: cobra.NoArgs, RunE: func(*cobra.Command, []string) error {
		m.Created = time.Now().UTC().Truncate(time.Second)
		m.Expires = m.Created.AddDate(0, 0, days)
		spec := bundle.Spec{Manifest: m, Level: level}
		for _, part := range []struct {
			kind manifest.Kind
			file string
		}{{manifest.Root, "root.squashfs"}, {manifest.Boot, "boot.img"}} {
			img := bundle.Image{Name: string(part.kind), Kind: part.kind, Path: filepath.Join(image, part.file), NoFull: noFull}
			for _, dir := range from {
				img.From = append(img.From, filepath.Join(dir, part.file))
			}
			spec.Payloads = append(spec.Payloads, img)
		}
		var err error
		if spec.Keyring, err = os.ReadFile(keyring); err != nil {
			return err
		}
		for n := 1; ; n++ {
			sig, err := os.ReadFile(signaturePath(keyring, n))
			if errors.Is(err, os.ErrNotExist) {
				break
			}
			if err != nil {
				return err
			}
			spec.RootSigs = append(spec.RootSigs, sig)
		}
		for _, path := range sign {
			key, err := secretKey(path)
			if err != nil {
				return err
			}
			spec.Signers = append(spec.Signers, key)
		}
		f, err := os.Create(out)
		if err != nil {
			return err
		}
		return errors.Join(bundle.Write(f, spec), f.Close())
	}}
	f := cmd.Flags()
	f.StringVar(&m.Board, "board", "", "board")
	f.StringVar(&m.Variant, "variant", "", "slim or screen; default: either")
	f.StringVar(&m.Version, "version", "", "version for people")
	f.Uint64Var(&m.Build, "build", 0, "build number")
	f.Uint64Var(&m.Floor, "floor", 0, "lowest build that a board accepts once this one has proven itself")
	f.StringVar(&m.Notes, "notes", "", "what changed")
	f.IntVar(&m.Data.ReadsFrom, "data-reads-from", 1, "oldest data format it reads")
	f.IntVar(&m.Data.Reads, "data-reads", 1, "newest data format it reads")
	f.IntVar(&m.Data.Writes, "data-writes", 1, "data format it writes")
	f.IntVar(&days, "days", 90, "days until it expires")
	f.StringVar(&image, "image", "", "folder of the image (boot.img, root.squashfs)")
	f.StringArrayVar(&from, "from", nil, "folder of an older image to make a delta from; may be repeated")
	f.IntVar(&level, "level", 19, "zstd's level; lower is faster")
	f.BoolVar(&noFull, "no-full", false, "deltas only")
	f.StringVar(&keyring, "keyring", "keyring.json", "keyring, with its signatures beside it")
	f.StringArrayVar(&sign, "sign", nil, "a release key's .key; may be repeated")
	f.StringVar(&out, "out", "update.wkb", "file")
	for _, name := range []string{"board", "version", "build", "image", "sign"} {
		_ = cmd.MarkFlagRequired(name) // the flags exist
	}
	return cmd
}

func verifyCommand() *cobra.Command {
	var roots []string
	var asJSON bool
	cmd := &cobra.Command{Use: "verify FILE", Short: "checks a bundle and shows what is in it", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		trust := bundle.Trust{Now: time.Now()}
		for _, path := range roots {
			key, err := minisign.PublicKeyFromFile(path)
			if err != nil {
				return err
			}
			trust.Roots = append(trust.Roots, key)
		}
		f, err := os.Open(args[0])
		if err != nil {
			return err
		}
		defer f.Close()
		st, err := f.Stat()
		if err != nil {
			return err
		}
		b, err := bundle.Open(f, st.Size(), trust)
		if err != nil {
			return err
		}
		if err := b.Verify(c.Context()); err != nil {
			return err
		}
		if asJSON {
			return json.NewEncoder(os.Stdout).Encode(b.Manifest())
		}
		show(b, st.Size())
		return nil
	}}
	cmd.Flags().StringArrayVar(&roots, "root", nil, "a root key's .pub; may be repeated")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the manifest")
	_ = cmd.MarkFlagRequired("root") // the flag exists
	return cmd
}

func show(b *bundle.Bundle, size int64) {
	m := b.Manifest()
	fmt.Printf("%s build %d for board %s %s, %.1f MB\n", m.Version, m.Build, m.Board, m.Variant, float64(size)/1e6)
	fmt.Printf("signed by %v, keyring %d, made %s, expires %s\n", b.Signers(), b.Keyring().Version, m.Created.Format(time.DateTime), m.Expires.Format(time.DateTime))
	fmt.Printf("floor %d, data formats %d to %d, writes %d\n", m.Floor, m.Data.ReadsFrom, m.Data.Reads, m.Data.Writes)
	for _, p := range m.Payloads {
		fmt.Printf("  %-8s %8.2f MB", p.Name, float64(p.Size)/1e6)
		if len(p.Chunks) > 0 {
			fmt.Printf(", full %.2f MB", float64(stored(p.Chunks))/1e6)
		}
		for _, d := range p.Deltas {
			fmt.Printf(", delta %.2f MB from %s", float64(stored(d.Chunks))/1e6, d.FromSHA256.String()[:12])
		}
		fmt.Println()
	}
}

func stored(chunks []manifest.Chunk) (sum int64) {
	for _, c := range chunks {
		sum += c.Stored
	}
	return sum
}
