package camera

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"time"
)

// Bounds of one still.
const (
	// MaxFrame is the largest frame in bytes.
	MaxFrame = 4 << 20
	// Exposure bounds the time one still may take.
	Exposure = 8 * time.Second
)

// ErrFrame says that what came from the camera is no JPEG.
var ErrFrame = errors.New("camera gave no picture")

// Shutter takes one still.
type Shutter interface {
	Take(ctx context.Context) ([]byte, error)
}

// V4L2 is a Shutter over a video device.
type V4L2 struct {
	Command string // v4l2-ctl where empty
	Device  string // /dev/video0
	Width   int    // pixels; 0 = 1280
	Height  int    // pixels; 0 = 720
}

var _ Shutter = V4L2{}

// Take takes a still: a JPEG of at most MaxFrame bytes. The first frames of a
// camera are dark, so the fifth counts.
func (v V4L2) Take(ctx context.Context) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, Exposure)
	defer cancel()
	command, width, height := v.Command, v.Width, v.Height
	if command == "" {
		command = "v4l2-ctl"
	}
	if width == 0 || height == 0 {
		width, height = 1280, 720
	}

	cmd := exec.CommandContext(ctx, command, "--device", v.Device,
		fmt.Sprintf("--set-fmt-video=width=%d,height=%d,pixelformat=MJPG", width, height),
		"--stream-mmap", "--stream-skip=4", "--stream-count=1", "--stream-to=-")
	out := &bounded{most: MaxFrame}
	cmd.Stdout = out
	cmd.WaitDelay = time.Second
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("cannot take a picture with %s: %w", v.Device, err)
	}

	b := out.Bytes()
	if !bytes.HasPrefix(b, []byte{0xFF, 0xD8, 0xFF}) || !bytes.HasSuffix(bytes.TrimRight(b, "\x00"), []byte{0xFF, 0xD9}) {
		return nil, fmt.Errorf("cannot take a picture with %s: %w: %d bytes", v.Device, ErrFrame, len(b))
	}
	return b, nil
}

// bounded is a buffer that refuses to grow beyond most bytes.
type bounded struct {
	bytes.Buffer
	most int
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > b.most {
		return 0, fmt.Errorf("frame is over %d bytes", b.most)
	}
	return b.Buffer.Write(p)
}
