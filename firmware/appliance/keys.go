package appliance

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"wattkiosk/boards/ground/backoff"
	"wattkiosk/firmware/boardkey"
	"wattkiosk/firmware/config"
	"wattkiosk/firmware/handover"
	"wattkiosk/firmware/updater/agentapi"
	"wattkiosk/uplink/mqttlink"
)

// sealAgain is how often a key that is not sealed as it could be is tried again: a TPM's
// driver may come late.
const sealAgain = time.Hour

// sealKeys seals what lies in clear, as on a board that was delivered before its keys were
// sealed, while customers are served already. The key of the enrolment is root's (kioskctl keys
// seal); it is renewed (package line), and the new one is ours.
func sealKeys(ctx context.Context, cfg config.Config, keys *boardkey.Board, id *mqttlink.Identity, people handover.Staff, agent func() agentapi.State, log *slog.Logger) error {
	if !fallsBackToNone(ctx, cfg, agent, log) {
		return nil
	}
	keys.Release()
	seal := []func() error{func() error { return notThere(keys.Seal(cfg.Journal.KeyFile, boardkey.JournalKey)) }}
	if cfg.Journal.KeyFile == "" {
		seal = nil
	}
	if id != nil {
		seal = append(seal, id.Seal)
	}
	if people != nil {
		seal = append(seal, people.Seal)
	}

	again := time.NewTicker(sealAgain)
	defer again.Stop()
	for {
		for _, f := range seal {
			if err := f(); err != nil {
				log.Error("a key is not sealed as it should be", "err", err)
			}
		}
		if !keys.MayHaveTPM() {
			return nil // nothing better will come
		}
		select {
		case <-ctx.Done():
			return nil
		case <-again.C:
		}
	}
}

// lookAtSlots is how often the update agent's word is looked at.
const lookAtSlots = time.Second

// firstLook bounds how long the first start of a kiosk waits to know what its board may fall
// back to.
const firstLook = 5 * time.Second

// firstStart has the journal's key be sealed as it is made, where nothing can run in this
// software's place that would not open it: it is asked before there is a key. What is not known
// within firstLook is learnt after the start, and the key lies in clear until then.
func firstStart(ctx context.Context, cfg config.Config, keys *boardkey.Board, log *slog.Logger) {
	if cfg.Journal.KeyFile == "" {
		return
	}
	if _, err := os.Stat(cfg.Journal.KeyFile); !errors.Is(err, fs.ErrNotExist) {
		return
	}
	if cfg.UpdateSocket == "" {
		keys.Release()
		return
	}
	ctx, cancel := context.WithTimeout(ctx, firstLook)
	defer cancel()
	agent := agentapi.NewClient(cfg.UpdateSocket)
	for {
		s, err := agent.State(ctx, 0)
		if err == nil && s.Build > 0 {
			releaseIf(s, cfg, keys, log)
			return
		}
		if backoff.Pause(ctx, lookAtSlots) != nil {
			log.Warn("the journal's key lies in clear at first: the update agent does not say what the board may fall back to", "err", err)
			return
		}
	}
}

// releaseIf has keys be sealed, if the board falls back to nothing that could not open them.
func releaseIf(s agentapi.State, cfg config.Config, keys *boardkey.Board, log *slog.Logger) {
	since, err := boardkey.Since(cfg.StateDir, s.Build)
	switch {
	case err != nil:
		log.Error("the journal's key lies in clear at first", "err", err)
	case s.NoneBefore(since):
		keys.Release()
	}
}

// fallsBackToNone waits until no software that opens nothing sealed can run in this one's
// place: an older build in the other slot, to which the board falls back by itself, would not
// read its own journal any more. It is false if ctx ends before. A board without an update
// agent has one software.
func fallsBackToNone(ctx context.Context, cfg config.Config, agent func() agentapi.State, log *slog.Logger) bool {
	if cfg.UpdateSocket == "" {
		return true
	}
	look := time.NewTicker(lookAtSlots)
	defer look.Stop()
	for said := false; ; {
		s := agent()
		since, err := boardkey.Since(cfg.StateDir, s.Build)
		switch {
		case err != nil && !said:
			log.Error("keys stay as they are", "err", err)
			said = true
		case err == nil && s.NoneBefore(since):
			return true
		case err == nil && since > 0 && !said:
			log.Info("keys are not sealed yet: the software in the other slot could not open them", "build", s.Other, "since", since)
			said = true
		}
		select {
		case <-ctx.Done():
			return false
		case <-look.C:
		}
	}
}

// ignore is err, unless it is of a kind.
func ignore(err, kind error) error {
	if errors.Is(err, kind) {
		return nil
	}

	return err
}

// notThere takes an absent file for a sealed one.
func notThere(_ boardkey.Way, err error) error {
	return ignore(err, fs.ErrNotExist)
}

// kept is how the keys that are in use are kept: the weakest way of them. A journal without a
// key is in clear.
func kept(cfg config.Config, id *mqttlink.Identity) boardkey.Way {
	ways := []boardkey.Way{wayOf(cfg.Journal.KeyFile, boardkey.Clear)}
	switch {
	case id != nil:
		ways = append(ways, wayOf(id.KeyFile(), boardkey.Clear))
	case cfg.Uplink.Key != "":
		ways = append(ways, wayOf(cfg.Uplink.Key, boardkey.TPM))
	}

	return boardkey.Weakest(ways...)
}

func wayOf(path string, absent boardkey.Way) boardkey.Way {
	way, err := boardkey.WayOf(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return absent
	case err != nil:
		return boardkey.Clear
	}

	return way
}
