package boardkey

import (
	"log/slog"

	"wattkiosk/boards/all"
	"wattkiosk/firmware/config"
)

// Of is what the board of a configuration seals with.
func Of(cfg config.Config, log *slog.Logger) (*Board, error) {
	board, err := all.ByName(cfg.Board, cfg.BoardDir)
	if err != nil {
		return nil, err
	}
	c := Config{TPM: board.TPM, IDs: board.IDs, Log: log}
	switch cfg.Keys.TPM {
	case "":
	case config.None:
		c.TPM = ""
	default:
		c.TPM = cfg.Keys.TPM
	}
	for _, path := range []string{cfg.Journal.KeyFile, cfg.Uplink.Key} {
		if path != "" {
			c.Kin = append(c.Kin, path)
		}
	}

	return New(c), nil
}
