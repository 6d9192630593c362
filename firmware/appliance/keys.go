package appliance

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"time"

	"wattkiosk/firmware/boardkey"
	"wattkiosk/firmware/config"
	"wattkiosk/firmware/handover"
	"wattkiosk/uplink/mqttlink"
)

// sealAgain is how often a key that is not sealed as it could be is tried again: a TPM's
// driver may come late.
const sealAgain = time.Hour

// sealKeys seals what lies in clear, as on a board that was delivered before its keys were
// sealed, while customers are served already. The key of the enrolment is root's (kioskctl keys
// seal); it is renewed (package line), and the new one is ours.
func sealKeys(ctx context.Context, cfg config.Config, keys *boardkey.Board, id *mqttlink.Identity, people handover.Staff, log *slog.Logger) error {
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

// notThere takes an absent file for a sealed one.
func notThere(_ boardkey.Way, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}

	return err
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
