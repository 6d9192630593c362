package main

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/ota/bundle"
	"wattkiosk/ota/flash"
	"wattkiosk/ota/manifest"
)

// flashing is what is put where, as the command line has it.
type flashing struct {
	trusting
	board                              string
	enrolFile, office, kiosk, tokenArg string
	siteFile                           string
	file, yes, noConsole               bool
}

func flashCommand() *cobra.Command {
	var f flashing
	cmd := &cobra.Command{
		Use: "flash BUNDLE DEVICE", Short: "checks a bundle, writes its disk onto a new board's and reads it back", Args: onFile(2, "root"),
		RunE: func(c *cobra.Command, args []string) error {
			if f.enrolFile != "" && f.office+f.kiosk+f.tokenArg != "" {
				return cmdline.Usage("--enrol, or --office, --kiosk and --token")
			}
			return f.with(args[0], func(b *bundle.Bundle, _ int64) error { return f.run(c, b, args[1]) })
		},
	}
	f.flags(cmd.Flags())
	cmd.Flags().StringVar(&f.board, "board", "", "board that the bundle must be for; default: any, it is shown")
	cmd.Flags().StringVar(&f.enrolFile, "enrol", "", "enrol.env for the board: OFFICE=, KIOSK= and TOKEN=")
	cmd.Flags().StringVar(&f.office, "office", "", "instead of --enrol: head office's address")
	cmd.Flags().StringVar(&f.kiosk, "kiosk", "", "with --office: terminal number, 8 digits")
	cmd.Flags().StringVar(&f.tokenArg, "token", "", "with --office: one-time enrolment token; - reads it from the first line of the input")
	cmd.Flags().StringVar(&f.siteFile, "site", "", "site.toml for the board: settings of its site, which it takes when it enrols itself")
	cmd.Flags().BoolVar(&f.noConsole, "no-console", false, "give the board no console password: nobody logs in there; default: one of its own, shown once")
	cmd.Flags().BoolVar(&f.file, "file", false, "DEVICE is a file in a disk's place; made if it is not there")
	cmd.Flags().BoolVar(&f.yes, "yes", false, "write without asking")
	return cmd
}

func (f *flashing) run(c *cobra.Command, b *bundle.Bundle, path string) error {
	in := bufio.NewReader(c.InOrStdin())
	enrolment, err := f.enrolment(in)
	if err != nil {
		return err
	}
	site, err := f.site()
	if err != nil {
		return err
	}
	d, err := f.device(b, path)
	if err != nil {
		return err
	}
	was, err := d.Look()
	if err != nil {
		return err
	}
	order := flash.Order{Bundle: b, Board: f.board, Size: d.Size, Floor: was.Floor, Enrolment: enrolment, Site: site, IDs: rand.Reader}
	password, err := f.console(&order)
	if err != nil {
		return err
	}
	plan, err := flash.Prepare(c.Context(), order)
	if err != nil {
		return err
	}
	preview(c.OutOrStdout(), order, plan, d, was)
	if err := f.confirm(c.ErrOrStderr(), in, d); err != nil {
		return err
	}
	if err := write(c, plan, d); err != nil {
		return err
	}
	if password != "" {
		fmt.Fprintf(c.OutOrStdout(), "console technician, password %s: this board's alone, shown only now\n", password)
	}
	return nil
}

// console puts a new password into an order, and returns it; "" is none.
func (f *flashing) console(o *flash.Order) (string, error) {
	if f.noConsole {
		return "", nil
	}
	password, c, err := flash.NewConsole(rand.Reader)
	o.Console = &c
	return password, err
}

// enrolment is what the board is to enrol itself with; nil is nothing.
func (f *flashing) enrolment(in *bufio.Reader) (*flash.Enrolment, error) {
	var e flash.Enrolment
	var err error
	switch {
	case f.enrolFile != "":
		text, rerr := os.ReadFile(f.enrolFile)
		if rerr != nil {
			return nil, rerr
		}
		e, err = flash.ParseEnrolment(text)
	case f.office+f.kiosk+f.tokenArg == "":
		return nil, nil
	default:
		token := f.tokenArg
		if token == "-" {
			if token, err = in.ReadString('\n'); err != nil {
				return nil, fmt.Errorf("cannot read the token: %w", err)
			}
		}
		e, err = flash.NewEnrolment(f.office, f.kiosk, strings.TrimSpace(token))
	}
	return &e, err
}

// site are the settings of where the board will stand; nil is none.
func (f *flashing) site() (*flash.Site, error) {
	if f.siteFile == "" {
		return nil, nil
	}
	text, err := os.ReadFile(f.siteFile)
	if err != nil {
		return nil, err
	}
	s, err := flash.ParseSite(text)
	return &s, err
}

// device looks at what is to be written to.
func (f *flashing) device(b *bundle.Bundle, path string) (flash.Device, error) {
	if !f.file {
		return flash.This().Find(path)
	}
	disk, _ := b.Payload(manifest.Disk)
	return flash.File(path, disk.Size)
}

func preview(w io.Writer, o flash.Order, plan *flash.Plan, d flash.Device, was flash.Holding) {
	m := o.Bundle.Manifest()
	fmt.Fprintf(w, "bundle  %s build %d for board %s %s, made %s, signed by %s\n", m.Version, m.Build, m.Board, m.Variant,
		m.Created.Format(time.DateTime), strings.Join(o.Bundle.Signers(), ", "))
	fmt.Fprintf(w, "image   %.1f MB\n", float64(plan.Size())/1e6)
	fmt.Fprintf(w, "onto    %s, %.1f MB, %s\n", d.Path, float64(d.Size)/1e6, describe(d))
	fmt.Fprintf(w, "holds   %s\n", was.What)
	if o.Enrolment != nil {
		fmt.Fprintf(w, "enrols  as %s\n", o.Enrolment)
	}
	if o.Site != nil {
		fmt.Fprintf(w, "site    %s\n", o.Site)
	}
}

func describe(d flash.Device) string {
	if d.File {
		return "a file"
	}
	said := func(what, s string) string {
		if s == "" {
			return "no " + what
		}
		return what + " " + s
	}
	return said("model", d.Model) + ", " + said("serial number", d.Serial)
}

var errNotConfirmed = errors.New("not confirmed; nothing was written")

// confirm wants the device's name typed, unless --yes says it or nothing can be lost.
func (f *flashing) confirm(w io.Writer, in *bufio.Reader, d flash.Device) error {
	if f.yes || d.New {
		return nil
	}
	fmt.Fprintf(w, "All that is on %s will be lost. Type %s to go on: ", d.Path, d.Name)
	if typed, _ := in.ReadString('\n'); strings.TrimSpace(typed) != d.Name {
		return errNotConfirmed
	}
	return nil
}

func write(c *cobra.Command, plan *flash.Plan, d flash.Device) error {
	begun := time.Now()
	target, err := flash.Open(d)
	if err != nil {
		return err
	}
	err = plan.Run(c.Context(), target, percent(c.ErrOrStderr()))
	if err := errors.Join(err, target.Close()); err != nil {
		return fmt.Errorf("%w; %s holds no whole disk: flash it again", err, d.Path)
	}
	fmt.Fprintf(c.OutOrStdout(), "written and read back in %v: %s can be started from\n", time.Since(begun).Round(100*time.Millisecond), d.Path)
	return nil
}

// percent shows progress, each per cent once.
func percent(w io.Writer) flash.Progress {
	var phase flash.Phase
	shown := int64(-1)
	return func(p flash.Phase, done, all int64) {
		if n := min(100*done/all, 100); p != phase || n != shown {
			if p != phase && phase != "" {
				fmt.Fprintln(w)
			}
			phase, shown = p, n
			cmdline.Redraw(w, fmt.Sprintf("%s %3d %%", p, n))
			if p == flash.Checking && n == 100 {
				fmt.Fprintln(w)
			}
		}
	}
}
