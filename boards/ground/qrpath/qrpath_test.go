package qrpath_test

import (
	"image"
	"image/color"
	"testing"

	"wattkiosk/boards/ground/qrpath"
)

func TestOf(t *testing.T) {
	code := image.NewGray(image.Rect(0, 0, 2, 2))
	for at, y := range map[image.Point]uint8{{0, 0}: 0, {1, 0}: 255, {0, 1}: 255, {1, 1}: 0} {
		code.SetGray(at.X, at.Y, color.Gray{Y: y})
	}
	if path, edge := qrpath.Of(code); path != "M4 4h1v1h-1zM5 5h1v1h-1z" || edge != 10 {
		t.Errorf("%q, %d", path, edge)
	}
}
