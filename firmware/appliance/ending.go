package appliance

import (
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"

	"wattkiosk/firmware/journal"
	"wattkiosk/firmware/vigil"
)

// ending is how the program ends.
type ending struct {
	watchdog *vigil.Keeper // nil while there is none
	orderly  bool          // asked to stop, and everything has stopped; not so after a panic
	down     atomic.Bool   // the machine goes down
}

// close closes the journal, and last of all lets go of the watchdog: while anything
// above hangs it is not fed. It is disarmed only where the board is to stay up.
func (e *ending) close(j *journal.Journal, log *slog.Logger) {
	err := j.Close()
	if err != nil {
		log.Error("cannot close the journal", "err", err)
	}
	if e.watchdog == nil {
		return
	}
	if err := e.watchdog.Close(e.orderly && err == nil && !e.down.Load()); err != nil {
		log.Error("cannot let go of the watchdog", "err", err)
	}
}

// PowerOffFile, in the run folder, asks the system to shut the machine down: the
// image has a unit that waits for it.
const PowerOffFile = "poweroff"

// powerOff asks for the machine to be shut down; the program ends in order meanwhile,
// with the journal closed.
func powerOff(runDir string, log *slog.Logger) {
	log.Warn("no mains and the UPS will not hold: shutting down")
	if err := os.WriteFile(filepath.Join(runDir, PowerOffFile), nil, 0o600); err != nil {
		log.Error("cannot ask for the machine to be shut down", "err", err)
	}
}
