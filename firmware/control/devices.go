package control

import (
	"context"
	"errors"
	"net/http"

	"wattkiosk/firmware/peripherals"
)

// Tester is what the control socket needs of the devices.
type Tester interface {
	Health() []peripherals.Health
	Test(ctx context.Context, name string) (peripherals.Verdict, error)
	NewRoll() error
}

// DeviceRoutes are GET /devices, POST /devices/{name}/test and POST
// /devices/printer/new-roll of the control socket.
type DeviceRoutes struct {
	Devices Tester
	Loop    interface {
		Quiet(ctx context.Context) bool
	}
}

// Add adds them to the mux.
func (d *DeviceRoutes) Add(mux *http.ServeMux) {
	mux.HandleFunc("GET /devices", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, d.Devices.Health()) })
	mux.HandleFunc("POST /devices/{name}/test", d.test)
	mux.HandleFunc("POST /devices/printer/new-roll", d.newRoll)
}

func (d *DeviceRoutes) test(w http.ResponseWriter, r *http.Request) {
	if !d.Loop.Quiet(r.Context()) {
		http.Error(w, "a customer is being served: try again later", http.StatusConflict)
		return
	}
	v, err := d.Devices.Test(r.Context(), r.PathValue("name"))
	switch {
	case errors.Is(err, peripherals.ErrNoDevice):
		http.Error(w, err.Error(), http.StatusNotFound)
	case err != nil:
		http.Error(w, err.Error(), http.StatusConflict)
	default:
		writeJSON(w, v)
	}
}

// newRoll answers the device's verdict in the form of a test.
func (d *DeviceRoutes) newRoll(w http.ResponseWriter, _ *http.Request) {
	if err := d.Devices.NewRoll(); err != nil {
		http.Error(w, err.Error(), http.StatusConflict)
		return
	}
	writeJSON(w, peripherals.Verdict{Device: "printer", OK: true, Detail: "a full roll: the count starts again"})
}
