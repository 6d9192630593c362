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

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/hal"
	"wattkiosk/hal/driver"
	"wattkiosk/hal/port"
	"wattkiosk/hal/setting"
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

// target is the device that a command line names.
type target struct {
	driver   string
	port     string
	baud     int
	settings []string // name=value
}

// class is the command of one device class.
func class[Cmd hal.Command[Ev], Ev any](in io.Reader, out io.Writer, name string, of []driver.Driver[Cmd, Ev], all orders[Cmd], words func(Ev) string) *cobra.Command {
	var at target
	c := &cobra.Command{
		Use: name, Short: "drivers: " + names(of), Long: settingsHelp(name, of), Args: cmdline.Exactly(0),
		RunE: func(c *cobra.Command, _ []string) error {
			d, err := driver.Find(at.driver, of)
			if err != nil {
				return cmdline.Usage("--driver %w", err)
			}
			return smoke(c.Context(), in, out, d, at, all, words)
		},
	}

	c.Flags().StringVar(&at.driver, "driver", of[0].Name, "one of "+names(of))
	c.Flags().StringVar(&at.port, "port", "", "device file")
	c.Flags().IntVar(&at.baud, "baud", 0, "bits per second; 0 = the protocol's own")
	c.Flags().StringArrayVar(&at.settings, "set", nil, "a setting of the driver, name=value; once for each")
	return c
}

// settingsHelp says which drivers there are, and the settings of each.
func settingsHelp[Cmd hal.Command[Ev], Ev any](class string, of []driver.Driver[Cmd, Ev]) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Exercises one %s. Drivers: %s.\n", class, names(of))
	for _, d := range of {
		for _, f := range d.Settings {
			fmt.Fprintf(&b, "\n%s, --set %s=…: %s", d.Name, f.Name, f.Help)
		}
	}
	return strings.TrimSpace(b.String())
}

// table reads the settings of a command line.
func (t target) table() (setting.Table, error) {
	table := setting.Table{}
	for _, s := range t.settings {
		name, text, ok := strings.Cut(s, "=")
		if !ok || name == "" {
			return nil, cmdline.Usage("--set %.40q is not name=value", s)
		}
		value, err := setting.Parse(text)
		if err != nil {
			return nil, cmdline.Usage("--set %s: %w", name, err)
		}
		table[name] = value
	}

	return table, nil
}

// device prepares the device, and returns how it is opened.
func device[Cmd hal.Command[Ev], Ev any](d driver.Driver[Cmd, Ev], at target) (driver.Device[Cmd, Ev], error) {
	table, err := at.table()
	if err != nil {
		return driver.Device[Cmd, Ev]{}, err
	}
	dev, err := d.New(at.port, table)
	if err != nil || dev.Open != nil {
		return dev, err
	}
	if at.port == "" {
		return dev, cmdline.Usage("%s is on a serial line: name its device file with --port", d.Name)
	}

	mode := d.Mode
	if at.baud != 0 {
		mode.Baud = at.baud
	}
	dev.Path = at.port + " (" + mode.String() + ")"
	dev.Open = func(context.Context) (port.Port, error) { return port.OpenSerial(at.port, mode) }
	return dev, nil
}

func names[Cmd hal.Command[Ev], Ev any](of []driver.Driver[Cmd, Ev]) string {
	var n []string
	for _, d := range of {
		n = append(n, d.Name)
	}
	return strings.Join(n, ", ")
}

// smoke runs the device until the input ends.
func smoke[Cmd hal.Command[Ev], Ev any](ctx context.Context, in io.Reader, out io.Writer, d driver.Driver[Cmd, Ev], at target, all orders[Cmd], words func(Ev) string) error {
	dev, err := device(d, at)
	if err != nil {
		return err
	}
	probe, err := dev.Open(ctx)
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
		ended <- port.Run(ctx, dev.Open, dev.Engine, cmds, func(e Ev) { p.say("< " + words(e)) }, time.Now,
			port.Options{OnError: func(err error) { p.say("! " + err.Error()) }})
	})
	p.say(fmt.Sprintf("# %s on %s; help lists the orders", d.Name, dev.Path))
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
