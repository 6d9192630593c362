package smoke

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"wattkiosk/hal"
	"wattkiosk/hal/driver"
	"wattkiosk/hal/port"
)

// order reads the words of one line into a command.
type order[Cmd any] struct {
	help string
	read func(args []string) (Cmd, error)
}

// orders are those of a device class, by their first word.
type orders[Cmd any] map[string]order[Cmd]

// errOrder is an order that cannot be read.
var errOrder = errors.New("see help")

// afterwards is how long the device is still heard when the input has ended.
const afterwards = 2 * time.Second

// class is the command of one device class.
func class[Cmd hal.Command[Ev], Ev any](in io.Reader, out io.Writer, name string, of []driver.Driver[Cmd, Ev], all orders[Cmd], words func(Ev) string) *cobra.Command {
	var (
		o     driver.Options
		drv   string
		baud  int
		notes []int64
	)
	c := &cobra.Command{Use: name, Short: "drivers: " + names(of), Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		d, err := driver.Find(drv, of)
		if err != nil {
			return fmt.Errorf("%w: --driver %w", errUsage, err)
		}
		if baud != 0 {
			d.Mode.Baud = baud
		}
		for _, yuan := range notes {
			o.PlainNotes = append(o.PlainNotes, yuan*100)
		}
		return smoke(c.Context(), in, out, d, o, all, words)
	}}
	c.Flags().StringVar(&drv, "driver", of[0].Name, "one of "+names(of))
	c.Flags().StringVar(&o.Port, "port", "", "device file")
	c.Flags().IntVar(&baud, "baud", 0, "bits per second; 0 = the protocol's own")
	c.Flags().IntVar(&o.FormLines, "form-lines", 0, "length of a form in lines, for a printer on forms")
	c.Flags().Int64SliceVar(&notes, "plain-notes", nil, "worth in yuan of the note numbers 1 to 7 of an ebds validator in plain mode, 0 = not used")
	c.Flags().StringVar(&o.Library, "library", "", "description of a maker's library, for driver vendor")
	c.Flags().StringVar(&o.VendorHost, "vendorhost", "/usr/lib/wattkiosk/vendorhost", "program that loads it")
	return c
}

func names[Cmd, Ev any](of []driver.Driver[Cmd, Ev]) string {
	var n []string
	for _, d := range of {
		n = append(n, d.Name)
	}
	return strings.Join(n, ", ")
}

// smoke runs the device until the input ends.
func smoke[Cmd hal.Command[Ev], Ev any](ctx context.Context, in io.Reader, out io.Writer, d driver.Driver[Cmd, Ev], o driver.Options, all orders[Cmd], words func(Ev) string) error {
	eng, err := d.New(o)
	if err != nil {
		return err
	}
	open := func(context.Context) (port.Port, error) { return port.OpenSerial(o.Port, d.Mode) }
	if d.Open != nil {
		open = d.Open(o)
	}
	probe, err := open(ctx)
	if err != nil {
		return err
	}
	if err := probe.Close(); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop()
	p := &paper{out: out}
	cmds, ended := make(chan Cmd), make(chan error, 1)
	wg.Go(func() {
		ended <- port.Run(ctx, open, eng, cmds, func(e Ev) { p.say("< " + words(e)) }, time.Now,
			port.Options{OnError: func(err error) { p.say("! " + err.Error()) }})
	})
	p.say(fmt.Sprintf("# %s on %s (%s); help lists the orders", d.Name, o.Port, d.Mode))
	for lines := bufio.NewScanner(in); lines.Scan(); {
		args := strings.Fields(lines.Text())
		if len(args) == 0 {
			continue
		}
		if args[0] == "quit" {
			return nil
		}
		cmd, err := all.read(args)
		if err != nil {
			p.say("? " + err.Error())
			continue
		}
		select {
		case cmds <- cmd:
		case <-ctx.Done():
			return nil
		case err := <-ended:
			return err
		}
	}
	select {
	case <-time.After(afterwards):
	case <-ctx.Done():
	}
	return nil
}

// read finds the order of a line. help is an error that lists them all.
func (o orders[Cmd]) read(args []string) (Cmd, error) {
	var zero Cmd
	found, ok := o[args[0]]
	if !ok {
		var help []string
		for _, name := range slices.Sorted(maps.Keys(o)) {
			help = append(help, name+" "+o[name].help)
		}
		return zero, fmt.Errorf("orders: %s; quit", strings.Join(help, "; "))
	}
	cmd, err := found.read(args[1:])
	if err != nil {
		return zero, fmt.Errorf("%s %s: %w", args[0], found.help, err)
	}
	return cmd, nil
}

// paper is where lines are written, by several goroutines.
type paper struct {
	mu  sync.Mutex
	out io.Writer
}

func (p *paper) say(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintln(p.out, time.Now().Format("15:04:05.000"), line)
}
