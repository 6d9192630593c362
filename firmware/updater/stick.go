package updater

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"wattkiosk/firmware/updater/agentapi"
	"wattkiosk/ota/bundle"
	"wattkiosk/ota/update"
	"wattkiosk/ota/usb"
)

// byStick begins the name of who asks, in the history and in what is pending; a
// staff number follows.
const byStick = "stick "

// readWithin bounds how long the bundles of a stick are looked at.
const readWithin = 2 * time.Minute

// Codes of a stick's end that are no refusals of a bundle.
const (
	codeUnreadable = "unreadable" // the stick cannot be read, or was pulled
	codeBoard      = "board"      // the board could not write its slot
	codeBusy       = "busy"       // another process is at work on the board
)

// errStick stops what is done for a job while a stick is looked at.
var errStick = errors.New("a stick comes first")

// stick is the stick that is plugged in.
type stick struct {
	disk    usb.Disk
	part    string // where its bundles are
	show    agentapi.Stick
	chosen  *agentapi.Choice // and not begun
	leaving bool             // dismissed
}

func (s *stick) public() *agentapi.Stick {
	show := s.show
	show.Offers = append([]agentapi.Offer{}, show.Offers...)
	return &show
}

// listen keeps track of which stick is plugged in: the first that came.
func (a *Agent) listen(ctx context.Context, events <-chan usb.Event) {
	var there []usb.Disk
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-events:
			if e.Gone {
				there = without(there, e.Disk)
			} else {
				there = append(without(there, e.Disk), e.Disk)
			}
			a.plug(there)
		}
	}
}

func without(list []usb.Disk, d usb.Disk) (rest []usb.Disk) {
	for _, o := range list {
		if o.Name != d.Name {
			rest = append(rest, o)
		}
	}
	return rest
}

// plug shows the first of the sticks, unless it is shown already.
func (a *Agent) plug(there []usb.Disk) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.stick != nil {
		for _, d := range there {
			if d.Name == a.stick.disk.Name && d.Seq == a.stick.disk.Seq {
				return
			}
		}
		a.stick = nil
		a.interrupt(errStick)
		a.tell()
	}

	if len(there) == 0 {
		return
	}

	a.seen++
	d := there[0]
	a.stick = &stick{disk: d, show: agentapi.Stick{ID: fmt.Sprint(a.seen, "-", d.Name), Phase: agentapi.StickWaiting}}
	a.log.Info("a stick is there", "stick", a.stick.show.ID, "parts", strings.Join(d.Parts, " "))
	a.tell()
}

// Open implements agentapi.Agent: nothing of a stick is read, nor is it mounted, before.
func (a *Agent) Open(id string, l agentapi.Login) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.stick.is(id); err != nil {
		return err
	}
	if a.stick.show.Phase != agentapi.StickWaiting {
		return nil
	}
	a.change(a.stick, func(p *agentapi.Stick) { p.Phase = agentapi.StickReading })
	a.log.Info("a stick is opened", "stick", id, "by", l.By)
	a.interrupt(errStick)
	return nil
}

// Close implements agentapi.Agent. What is being read or written goes on: it is asked again
// when that has ended.
func (a *Agent) Close(id string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.stick.is(id); err != nil {
		return err
	}
	switch p := a.stick.show.Phase; p {
	case agentapi.StickWaiting:
		return nil
	case agentapi.StickOffered, agentapi.StickEmpty, agentapi.StickFailed:
		a.stick.part = ""
		a.change(a.stick, func(s *agentapi.Stick) { *s = agentapi.Stick{ID: id, Phase: agentapi.StickWaiting} })
		a.log.Info("a stick is closed", "stick", id)
		return nil
	default:
		return refuse(agentapi.CodeBusy, "the stick is %s", p)
	}
}

// Choose implements agentapi.Agent: the technician's choice is begun by the worker.
func (a *Agent) Choose(id string, c agentapi.Choice) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.stick.is(id); err != nil {
		return err
	}

	switch s := a.stick; s.show.Phase {
	case agentapi.StickOffered, agentapi.StickFailed:
		for _, o := range s.show.Offers {
			if o.File == c.File && o.Refused == "" {
				s.chosen = &c
				a.change(s, func(p *agentapi.Stick) {
					p.Phase, p.File, p.Percent, p.Code, p.Detail = agentapi.StickInstalling, c.File, 0, "", ""
				})
				a.log.Info("a technician chose a bundle", "file", c.File, "by", c.By)
				a.interrupt(errStick)
				return nil
			}
		}
		return refuse(agentapi.CodeNotOffered, "the stick does not offer %.80q", c.File)
	}

	return refuse(agentapi.CodeBusy, "the stick is %s", a.stick.show.Phase)
}

// Dismiss implements agentapi.Agent. A stick that is being written from stays.
func (a *Agent) Dismiss(id string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.stick.is(id); err != nil {
		return err
	}
	if p := a.stick.show.Phase; p == agentapi.StickReading || p == agentapi.StickInstalling {
		return refuse(agentapi.CodeBusy, "the stick is %s", p)
	}
	a.stick.leaving = true
	a.tell()
	a.kick()
	return nil
}

// is refuses whatever is asked of another stick; nil is none.
func (s *stick) is(id string) error {
	if s == nil || s.leaving || s.show.ID != id {
		return refuse(agentapi.CodeNoStick, "no such stick is plugged in")
	}
	return nil
}

// change has a.mu. It does nothing for a stick that has gone.
func (a *Agent) change(s *stick, change func(*agentapi.Stick)) {
	change(&s.show)
	if a.stick == s {
		a.tell()
	}
}

func (a *Agent) showStick(s *stick, change func(*agentapi.Stick)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.change(s, change)
}

// turnStick does what a stick needs, before any job: busy says that there was
// something, and after how long there may be more.
func (a *Agent) turnStick(ctx context.Context) (rest time.Duration, busy bool) {
	a.mu.Lock()
	s := a.stick
	var choice *agentapi.Choice
	phase, leaving := agentapi.StickEmpty, false
	if s != nil {
		choice, s.chosen = s.chosen, nil
		phase, leaving = s.show.Phase, s.leaving
	}

	a.mu.Unlock()
	switch {
	case choice != nil:
		a.installStick(ctx, s, *choice)
		return 0, true
	case s != nil && phase == agentapi.StickReading:
		a.readStick(ctx, s)
		return 0, true
	case leaving && s.part != "":
		a.farewellStick(s)
	}

	return a.restartStick(ctx)
}

// farewellStick leaves a report of what was refused, if nothing else was reported.
func (a *Agent) farewellStick(s *stick) {
	if s.show.Phase == agentapi.StickOffered && len(s.show.Offers) > 0 {
		if err := a.writeReport(s, "", nil); err != nil {
			a.log.Warn("no report on the stick", "err", err)
		}
	}
	s.part = ""
}

// readStick looks for bundles on each part of a stick, and offers those of the first
// that has some.
func (a *Agent) readStick(ctx context.Context, s *stick) {
	ctx, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	var last error
	for _, part := range s.disk.Parts {
		offers, err := a.offers(ctx, part)
		switch {
		case err != nil && !errors.Is(err, usb.ErrFileSystem):
			last = err
		case len(offers) > 0:
			s.part = part
			a.showStick(s, func(p *agentapi.Stick) { p.Phase, p.Offers = agentapi.StickOffered, offers })
			return
		}
	}

	a.showStick(s, func(p *agentapi.Stick) {
		p.Phase, p.Offers = agentapi.StickEmpty, []agentapi.Offer{}
		if last != nil {
			p.Phase, p.Code, p.Detail = agentapi.StickFailed, codeUnreadable, detail(last.Error())
		}
	})
}

// offers are the bundles on one part, checked.
func (a *Agent) offers(ctx context.Context, part string) (list []agentapi.Offer, err error) {
	dir, unmount, err := a.cfg.Sticks.Mount(part, false)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, unmount()) }()
	files, err := usb.Find(dir, agentapi.MaxOffers)
	if err != nil {
		return nil, err
	}

	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		list = append(list, a.offer(ctx, dir, f))
	}

	return list, nil
}

// offer says what a file would do. One that cannot be read is refused like one that
// is no bundle.
func (a *Agent) offer(ctx context.Context, dir string, f usb.File) agentapi.Offer {
	o := agentapi.Offer{File: f.Name, Size: f.Size, Signers: []string{}}
	file, size, err := usb.Open(dir, f.Name)
	if err == nil {
		defer file.Close()
		var bd *bundle.Bundle
		if bd, err = a.board.Check(&bounded{ctx, file}, size, false); bd != nil {
			m := bd.Manifest()
			o.Version, o.Build, o.Board, o.Signers = m.Version, m.Build, m.Board, bd.Signers()
		}
	}

	if err != nil {
		o.Detail = detail(err.Error())
		if o.Refused = update.Code(err); o.Refused == "" {
			o.Refused = codeUnreadable
		}
	}

	return o
}

// bounded ends reading with its context.
type bounded struct {
	ctx context.Context
	r   io.ReaderAt
}

// ReadAt implements io.ReaderAt.
func (b *bounded) ReadAt(p []byte, at int64) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	return b.r.ReadAt(p, at)
}
