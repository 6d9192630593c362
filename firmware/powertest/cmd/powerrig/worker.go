package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"wattkiosk/firmware/journal"
	"wattkiosk/firmware/powertest/cutdisk"
	"wattkiosk/firmware/powertest/duty"
)

const (
	openings = 3 // tries of a program that ends before it is open: it is started again
	patience = 60 * time.Second
)

// seen is what came of a program's lives between two cuts.
type seen struct {
	verified bool
	lost     string // what is missing
	err      error  // it would not open
	log      string
}

// live runs the duty until the power is cut, and cuts it where nothing else does.
func (b bench) live(ctx context.Context, r row, disk *cutdisk.Disk, at string, memory duty.Memory, c choice, t *tally) (s seen) {
	defer disk.Release()
	for try := 1; ; try++ {
		one := b.start(ctx, r, disk, at, memory, c, t)
		s = one.seen
		switch {
		case one.cut || s.verified || s.lost != "" || ctx.Err() != nil:
			s.err = nil
			if s.verified && try > 1 {
				t.again++
			}
			disk.Cut()
			return s
		case try == openings:
			return s
		}
	}
}

// oneLife is seen of one process.
type oneLife struct {
	seen
	cut bool // the power was cut meanwhile
}

func (b bench) start(ctx context.Context, r row, disk *cutdisk.Disk, at string, memory duty.Memory, c choice, t *tally) (s oneLife) {
	p, err := b.process(r, at, memory, c)
	if err != nil {
		s.err = err
		return s
	}
	limit := time.NewTimer(patience)
	defer limit.Stop()
	var cut, refuse <-chan time.Time
	hear := func(line string) {
		if memory.Hear(line) {
			if strings.HasPrefix(line, duty.Owe) {
				t.promised++
			}
			return
		}
		word, rest, _ := strings.Cut(line, " ")
		switch word {
		case duty.Verified:
			s.verified = true
			t.verified++
		case duty.Lost:
			s.lost = rest
		case duty.Note:
			t.kinds[rest]++
		}
	}

listen:
	for {
		select {
		case line, open := <-p.lines:
			if !open {
				break listen
			}
			hear(line)
			if s.verified && cut == nil && c.after > 0 {
				cut = time.After(c.after)
				if c.refuse > 0 {
					refuse = time.After(c.after / 4)
				}
			}
		case <-refuse:
			disk.Refuse(c.refuse)
		case <-disk.IsCut():
			break listen
		case <-cut:
			break listen
		case <-ctx.Done():
			break listen
		case <-limit.C:
			s.err = fmt.Errorf("nothing happened for %v", patience)
			break listen
		}
	}
	ended := p.end(disk, at, c, hear)
	if !ended {
		s.cut = s.err == nil
		return s
	}
	s.log = p.log.String()
	if s.err = p.cmd.Wait(); s.err != nil {
		s.err = fmt.Errorf("%w: %s", s.err, lastLine(s.log))
	} else if !s.verified && s.lost == "" {
		s.err = errors.New("it ended without a word")
	}
	if code := p.cmd.ProcessState.ExitCode(); code == exitFull {
		s.cut, s.err = true, nil // it says that there is no space, and it is right
		t.kinds["no-space"]++
	}
	return s
}

// process is a duty that runs.
type process struct {
	cmd   *exec.Cmd
	lines chan string
	input io.Closer
	log   head
}

func (b bench) process(r row, at string, memory duty.Memory, c choice) (*process, error) {
	owed := filepath.Join(b.dir, "memory")
	f, err := os.Create(owed)
	if err != nil {
		return nil, err
	}
	_, err = memory.WriteTo(f)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}

	args := []string{"duty", r.duty, "--dir=" + at, "--memory=" + owed, "--scratch=" + b.dir, fmt.Sprintf("--seed=%d", c.seed)}
	args = append(append(args, r.flags...), c.flags...)
	if r.nosync {
		args = append(args, "--nosync")
	}
	if c.check {
		args = append(args, "--check")
	}
	p := &process{cmd: exec.Command("/proc/self/exe", args...), lines: make(chan string, 1<<12)}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	p.cmd.Stderr = io.MultiWriter(&p.log, b.log)
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if p.input, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			p.lines <- s.Text()
		}
	}()
	return p, nil
}

// end cuts the power, kills the process if it has not ended by itself, and hears what
// it had still said. It reports whether it ended by itself; then there is no cut yet.
func (p *process) end(disk *cutdisk.Disk, at string, c choice, hear func(string)) bool {
	select {
	case line, open := <-p.lines:
		if !open {
			return true
		}
		hear(line)
	default:
	}
	if c.sync > 0 { // what nobody synced is on its way at the cut
		go func() {
			if f, err := os.Open(at); err == nil {
				_ = unix.Syncfs(int(f.Fd()))
				_ = f.Close()
			}
		}()
		time.Sleep(c.sync)
	}
	disk.Cut()
	_ = p.cmd.Process.Kill()
	disk.Release()
	_ = p.input.Close()
	for line := range p.lines {
		hear(line)
	}
	_ = p.cmd.Wait()
	return false
}

// head keeps the first of what is written to it.
type head struct{ strings.Builder }

// Write implements io.Writer.
func (h *head) Write(b []byte) (int, error) {
	if h.Len() < 16<<10 {
		h.Builder.Write(b)
	}
	return len(b), nil
}

func lastLine(s string) string {
	s = strings.TrimSpace(s)
	return s[strings.LastIndexByte(s, '\n')+1:]
}

// exitFull is the end of a duty whose disk has no space to begin.
const exitFull = 4

// work is the other side: the program whose power is cut.
func work(args []string) int {
	if len(args) == 0 {
		return 2
	}
	var j duty.Job
	fl := flag.NewFlagSet(args[0], flag.ContinueOnError)
	memory := fl.String("memory", "", "what is owed")
	nosync := fl.Bool("nosync", false, "have syncs do nothing")
	fl.StringVar(&j.Dir, "dir", "", "on the disk")
	fl.StringVar(&j.Scratch, "scratch", "", "on another one")
	fl.Uint64Var(&j.Seed, "seed", 1, "of the choices")
	fl.IntVar(&j.Writers, "writers", 1, "at once")
	fl.BoolVar(&j.Check, "check", false, "only look")
	fl.BoolVar(&j.Encrypted, "encrypted", false, "the journal")
	fl.BoolVar(&j.Upkeep, "upkeep", false, "acknowledge and trim")
	fl.BoolVar(&j.Large, "large", false, "records")
	fl.IntVar(&j.Close, "close", 0, "after so many appends")
	fl.Int64Var(&j.Fill, "fill", -1, "the disk but for so many bytes")
	if err := fl.Parse(args[1:]); err != nil {
		return 2
	}
	var err error
	if j.Memory, err = duty.Recall(*memory); err == nil && *nosync {
		err = stopSyncing()
	}
	if err == nil {
		err = duty.Run(context.Background(), args[0], &j, os.Stdout)
	}
	switch {
	case errors.Is(err, journal.ErrFull):
		return exitFull
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
