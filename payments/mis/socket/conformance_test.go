package socket_test

import (
	"testing"

	"wattkiosk/payments/mis/mistest"
	"wattkiosk/payments/mis/socket"
)

func TestRoadConforms(t *testing.T) {
	d := socket.Example()
	codes := mistest.Codes{
		OK: "1001", None: "1003", NoUser: "1004", MeterCard: "1039", NoPartial: "1035", Duplicate: "11004", Reversed: "11007",
		Calculating: "1043", InvalidReversal: "1005", NoNextDay: "1015", MeterCardIs: "meter-card", Waits: true,
	}
	t.Run("socket, example", func(t *testing.T) { mistest.Run(t, d, codes, mistest.Socket(d)) })
}
