package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"wattkiosk/ota/bundle"
	"wattkiosk/ota/manifest"
)

func unpackCommand() *cobra.Command {
	var t trusting
	var payload, old, out string
	cmd := &cobra.Command{
		Use: "unpack FILE", Short: "makes a payload out of a bundle, as a board does", Args: onFile(1, "root", "payload", "out"),
		RunE: func(c *cobra.Command, args []string) error {
			return t.with(args[0], func(b *bundle.Bundle, _ int64) error {
				for _, p := range b.Manifest().Payloads {
					if p.Name == payload {
						return unpack(c, b, p, old, out)
					}
				}
				return fmt.Errorf("the bundle has no payload %q", payload)
			})
		},
	}
	t.flags(cmd.Flags())
	cmd.Flags().StringVar(&payload, "payload", "", "name of the payload")
	cmd.Flags().StringVar(&old, "old", "", "image to start from, if the bundle has a delta from it")
	cmd.Flags().StringVar(&out, "out", "", "file")
	return cmd
}

func unpack(c *cobra.Command, b *bundle.Bundle, p manifest.Payload, old, out string) error {
	var src *bundle.Source
	if old != "" {
		f, err := os.Open(old)
		if err != nil {
			return err
		}
		defer f.Close()
		src = &bundle.Source{ReaderAt: f}
		if src.Size, src.SHA256, err = bundle.HashFile(old); err != nil {
			return err
		}
	}
	plan, err := b.Plan(p, src)
	if err != nil {
		return err
	}
	dst, err := os.Create(out)
	if err != nil {
		return err
	}
	err = errors.Join(b.Install(c.Context(), p, plan, src, dst, 0, nil), dst.Close())
	if err != nil {
		return err
	}
	if _, sum, err := bundle.HashFile(out); err != nil || sum != p.SHA256 {
		return errors.Join(err, fmt.Errorf("%s does not hold what was signed", out))
	}
	how := "in full"
	if plan.Delta {
		how = "as a delta"
	}
	fmt.Fprintf(c.OutOrStdout(), "%s: %d bytes, made %s out of %d\n", p.Name, p.Size, how, plan.Bytes)
	return nil
}
