package broker

import (
	"context"
	"log/slog"
)

const maxLogged = 200 // bytes of a value

// discreet passes on what the library logs at WARN and above, and of that only
// attributes that cannot hold a packet. The library attaches whole packets, with
// payloads and wills.
type discreet struct{ next slog.Handler }

var _ slog.Handler = discreet{}

// Enabled implements slog.Handler.
func (d discreet) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && d.next.Enabled(ctx, l)
}

// Handle implements slog.Handler.
func (d discreet) Handle(ctx context.Context, r slog.Record) error {
	out := slog.NewRecord(r.Time, r.Level, clip(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		if a, ok := harmless(a); ok {
			out.AddAttrs(a)
		}
		return true
	})
	return d.next.Handle(ctx, out)
}

// WithAttrs implements slog.Handler.
func (d discreet) WithAttrs(attrs []slog.Attr) slog.Handler {
	var keep []slog.Attr
	for _, a := range attrs {
		if a, ok := harmless(a); ok {
			keep = append(keep, a)
		}
	}
	return discreet{d.next.WithAttrs(keep)}
}

// WithGroup implements slog.Handler.
func (d discreet) WithGroup(name string) slog.Handler { return discreet{d.next.WithGroup(name)} }

func harmless(a slog.Attr) (slog.Attr, bool) {
	switch a.Key {
	case "error", "client", "listener", "remote", "hook", "keepalive":
		return slog.String(a.Key, clip(a.Value.String())), true
	default:
		return slog.Attr{}, false
	}
}

func clip(s string) string {
	if len(s) > maxLogged {
		return s[:maxLogged] + "…"
	}
	return s
}
