package usb

import (
	"context"
	"log/slog"
	"slices"
	"time"
)

// scanEvery is how often the disks are looked at without an event, so that one that
// was lost is made up for.
const scanEvery = 5 * time.Second

// Event is a disk that was plugged in, or pulled.
type Event struct {
	Disk Disk
	Gone bool
}

// Watcher tells which disks come and go.
type Watcher struct {
	Sys string // where sysfs is mounted
	Log *slog.Logger
	// Events hears of changes: it calls changed, which does not block, until ctx
	// ends. Nil is the kernel's own messages.
	Events func(ctx context.Context, changed func()) error
}

// Watch sends what changes to out until ctx ends; at first every disk that is there.
func (w *Watcher) Watch(ctx context.Context, out chan<- Event) {
	changed := make(chan struct{}, 1)
	hear := w.Events
	if hear == nil {
		hear = uevents
	}
	go func() {
		err := hear(ctx, func() {
			select {
			case changed <- struct{}{}:
			default:
			}
		})
		if err != nil {
			w.Log.Warn("sticks are found more slowly", "err", err)
		}
	}()
	tick := time.NewTicker(scanEvery)
	defer tick.Stop()
	var known []Disk
	for {
		now, err := Scan(w.Sys)
		if err != nil {
			w.Log.Warn("cannot look for sticks", "err", err)
			now = known
		}
		for _, e := range diff(known, now) {
			select {
			case out <- e:
			case <-ctx.Done():
				return
			}
		}
		known = now
		select {
		case <-ctx.Done():
			return
		case <-changed:
		case <-tick.C:
		}
	}
}

// diff is how the disks came to be as they are: first what has gone. A disk whose
// partitions have changed has gone and come again.
func diff(before, after []Disk) (events []Event) {
	has := func(list []Disk, d Disk) bool {
		return slices.ContainsFunc(list, func(o Disk) bool { return o.Name == d.Name && o.Seq == d.Seq && slices.Equal(o.Parts, d.Parts) })
	}
	for _, d := range before {
		if !has(after, d) {
			events = append(events, Event{Disk: d, Gone: true})
		}
	}
	for _, d := range after {
		if !has(before, d) {
			events = append(events, Event{Disk: d})
		}
	}
	return events
}
