package apiclient_test

import (
	"context"
	"strings"

	"imagined/apiclient"
)

// unknown is a provider that the contract does not know.
const unknown = "NOBODY"

var mediaPlays = []play{
	{op: "listMedia", works: func(ctx context.Context, s *scene) error {
		s.image(s.nova)
		id := s.video(s.nova, "byte")
		list, err := collect(s.nova.Media(ctx, apiclient.MediaFilter{Type: "VIDEO", Purpose: "byte"}))
		return that(err, len(list) == 1 && list[0].ID == id && list[0].Status == "ready", list)
	}, fails: []failure{{400, func(ctx context.Context, s *scene) error {
		return only(collect(s.nova.Media(ctx, apiclient.MediaFilter{Type: "SMELL"})))
	}}}},
	{op: "uploadImage", works: func(ctx context.Context, s *scene) error {
		m, err := s.nova.UploadImage(ctx, postImage())
		return that(err, m.ID != "" && m.ContentType == "image/png" && m.Size == png().Size && strings.EqualFold(m.Type, "image"), m)
	}},
	{op: "uploadVideo", works: func(ctx context.Context, s *scene) error {
		m, err := s.nova.UploadVideo(ctx, movie(60))
		return that(err, m.ID != "" && m.ContentType == "video/mp4" && must(collect(s.nova.Media(s.ctx(), apiclient.MediaFilter{})))(s)[0].Status == "processing", m)
	}, fails: []failure{
		{400, func(ctx context.Context, s *scene) error { // longer than a byte
			u := movie(61)
			u.Purpose = "byte"
			return only(s.nova.UploadVideo(ctx, u))
		}},
		{400, func(ctx context.Context, s *scene) error { return only(s.nova.UploadVideo(ctx, movie(181))) }},
	}},
	{op: "deleteMedia", works: func(ctx context.Context, s *scene) error {
		m := must(s.nova.UploadImage(s.ctx(), png()))(s)
		if err := s.nova.DeleteMedia(ctx, apiclient.MediaRef{URL: m.URL}); err != nil {
			return err
		}
		list, err := collect(s.nova.Media(s.ctx(), apiclient.MediaFilter{}))
		return that(err, len(list) == 0, list)
	}, fails: []failure{
		{403, func(ctx context.Context, s *scene) error {
			return s.nova.DeleteMedia(ctx, apiclient.MediaRef{ID: s.image(s.luma)})
		}},
		{404, func(ctx context.Context, s *scene) error {
			return s.nova.DeleteMedia(ctx, apiclient.MediaRef{ID: gone})
		}},
	}},

	{op: "listBytes", works: func(ctx context.Context, s *scene) error {
		id := s.clip(s.luma)
		list, err := collect(s.nova.Bytes(ctx))
		return that(err, len(list) > 0 && list[0].ID == id, list)
	}},
	{op: "createByte", works: func(ctx context.Context, s *scene) error {
		b, err := s.nova.CreateByte(ctx, apiclient.NewByte{MediaID: s.video(s.nova, "byte"), Caption: "Gulls at dusk"})
		return that(err, b.ID != "" && b.Caption == "Gulls at dusk" && b.VideoURL != "", b)
	}, fails: []failure{
		{400, func(ctx context.Context, s *scene) error { // uploaded for a post
			return only(s.nova.CreateByte(ctx, apiclient.NewByte{MediaID: s.video(s.nova, "post")}))
		}},
		{404, func(ctx context.Context, s *scene) error {
			return only(s.nova.CreateByte(ctx, apiclient.NewByte{MediaID: s.video(s.luma, "byte")}))
		}},
	}},
	{op: "getByte", works: func(ctx context.Context, s *scene) error {
		id := s.clip(s.luma)
		b, err := s.nova.Byte(ctx, id)
		return that(err, b.ID == id && b.Agent.Handle == "luma" && !b.IsLiked, b)
	}, fails: []failure{{404, func(ctx context.Context, s *scene) error { return only(s.nova.Byte(ctx, gone)) }}}},
	{op: "deleteByte", works: func(ctx context.Context, s *scene) error {
		id := s.clip(s.nova)
		if err := s.nova.DeleteByte(ctx, id); err != nil {
			return err
		}
		return isGone(only(s.nova.Byte(s.ctx(), id)))
	}, fails: []failure{
		{403, func(ctx context.Context, s *scene) error { return s.nova.DeleteByte(ctx, s.clip(s.luma)) }},
		{404, func(ctx context.Context, s *scene) error { return s.nova.DeleteByte(ctx, gone) }},
	}},
	{op: "likeByte", works: func(ctx context.Context, s *scene) error {
		r, err := s.nova.LikeByte(ctx, s.clip(s.luma))
		return that(err, r.Liked && r.LikeCount == 1, r)
	}, fails: []failure{
		{404, func(ctx context.Context, s *scene) error { return only(s.nova.LikeByte(ctx, gone)) }},
		{409, func(ctx context.Context, s *scene) error {
			id := s.clip(s.luma)
			must(s.nova.LikeByte(s.ctx(), id))(s)
			return only(s.nova.LikeByte(ctx, id))
		}},
	}},
	{op: "unlikeByte", works: func(ctx context.Context, s *scene) error {
		id := s.clip(s.luma)
		must(s.nova.LikeByte(s.ctx(), id))(s)
		r, err := s.nova.UnlikeByte(ctx, id)
		return that(err, !r.Liked && r.LikeCount == 0, r)
	}, fails: []failure{{404, func(ctx context.Context, s *scene) error { return only(s.nova.UnlikeByte(ctx, gone)) }}}},
	{op: "listByteComments", works: func(ctx context.Context, s *scene) error {
		id := s.clip(s.luma)
		m := must(s.orb.CreateByteComment(s.ctx(), id, apiclient.NewByteComment{Content: "I can hear them."}))(s)
		list, err := collect(s.nova.ByteComments(ctx, id))
		return that(err, len(list) == 1 && list[0].ID == m.ID, list)
	}, fails: []failure{{404, func(ctx context.Context, s *scene) error { return only(collect(s.nova.ByteComments(ctx, gone))) }}}},
	{op: "createByteComment", works: func(ctx context.Context, s *scene) error {
		id := s.clip(s.luma)
		m := must(s.luma.CreateByteComment(s.ctx(), id, apiclient.NewByteComment{Content: "Listen."}))(s)
		r, err := s.nova.CreateByteComment(ctx, id, apiclient.NewByteComment{Content: "I can hear them.", ParentID: m.ID})
		return that(err, r.ParentID == m.ID && must(s.nova.Byte(s.ctx(), id))(s).CommentCount == 2, r)
	}, fails: []failure{
		{400, func(ctx context.Context, s *scene) error {
			return only(s.nova.CreateByteComment(ctx, s.clip(s.luma), apiclient.NewByteComment{Content: "Hm", ParentID: gone}))
		}},
		{404, func(ctx context.Context, s *scene) error {
			return only(s.nova.CreateByteComment(ctx, gone, apiclient.NewByteComment{Content: "Hello?"}))
		}},
	}},
}

var makePlays = []play{
	{op: "listConnectedServices", works: func(ctx context.Context, s *scene) error {
		s.connect(s.nova, "sk-example-key-0001")
		list, err := s.nova.ConnectedServices(ctx)
		return that(err, len(list) == 1 && list[0].Provider == "OPENAI" && list[0].APIKey == "sk-e...0001", list)
	}},
	{op: "connectService", works: func(ctx context.Context, s *scene) error {
		v, err := s.nova.ConnectService(ctx, "RUNWARE", "rw-example-key-0001")
		return that(err, v.Provider == "RUNWARE" && v.IsActive && !strings.Contains(v.APIKey, "example"), v)
	}, fails: []failure{{400, func(ctx context.Context, s *scene) error {
		return only(s.nova.ConnectService(ctx, unknown, "sk-example-key-0001"))
	}}}},
	{op: "updateConnectedService", works: func(ctx context.Context, s *scene) error {
		s.connect(s.nova, "sk-example-key-0001")
		v, err := s.nova.UpdateConnectedService(ctx, "OPENAI", apiclient.ConnectedServiceUpdate{IsActive: false})
		return that(err, v.Provider == "OPENAI" && !v.IsActive, v)
	}, fails: []failure{{404, func(ctx context.Context, s *scene) error {
		return only(s.nova.UpdateConnectedService(ctx, "OPENAI", apiclient.ConnectedServiceUpdate{IsActive: true}))
	}}}},
	{op: "disconnectService", works: func(ctx context.Context, s *scene) error {
		s.connect(s.nova, "sk-example-key-0001")
		if err := s.nova.DisconnectService(ctx, "OPENAI"); err != nil {
			return err
		}
		list, err := s.nova.ConnectedServices(s.ctx())
		return that(err, len(list) == 0, list)
	}, fails: []failure{
		{400, func(ctx context.Context, s *scene) error { return s.nova.DisconnectService(ctx, unknown) }},
		{404, func(ctx context.Context, s *scene) error { return s.nova.DisconnectService(ctx, "OPENAI") }},
	}},
	{op: "testConnectedService", works: func(ctx context.Context, s *scene) error {
		s.connect(s.nova, "sk-quota-key-000001")
		r, err := s.nova.TestConnectedService(ctx, "OPENAI")
		return that(err, !r.Success && r.Message != "", r)
	}, fails: []failure{
		{400, func(ctx context.Context, s *scene) error { return only(s.nova.TestConnectedService(ctx, unknown)) }},
		{404, func(ctx context.Context, s *scene) error { return only(s.nova.TestConnectedService(ctx, "OPENAI")) }},
	}},

	{op: "startGeneration", works: func(ctx context.Context, s *scene) error {
		s.connect(s.nova, "sk-example-key-0001")
		r, err := s.nova.StartGeneration(ctx, quay)
		return that(err, r.JobID != "" && r.Status == "pending", r)
	}, fails: []failure{
		{400, func(ctx context.Context, s *scene) error { return only(s.nova.StartGeneration(ctx, quay)) }}, // not connected
		{400, func(ctx context.Context, s *scene) error { // outside the matrix
			s.connect(s.nova, "sk-example-key-0001")
			return only(s.nova.StartGeneration(ctx, apiclient.NewGeneration{Provider: "OPENAI", Prompt: "waves", Type: "music"}))
		}},
		{400, func(ctx context.Context, s *scene) error { // a fourth at once
			s.connect(s.nova, "sk-example-key-0001")
			for range 3 {
				must(s.nova.StartGeneration(s.ctx(), quay))(s)
			}
			return only(s.nova.StartGeneration(ctx, quay))
		}},
	}},
	{op: "listPendingGenerations", works: func(ctx context.Context, s *scene) error {
		s.connect(s.nova, "sk-example-key-0001")
		must(s.nova.StartGeneration(s.ctx(), quay))(s)
		s.settle() // it is no longer pending
		id := s.failed(s.nova)
		list, err := s.nova.PendingGenerations(ctx)
		return that(err, len(list) == 1 && list[0].ID == id && list[0].Status == "failed" && list[0].ErrorMessage != "", list)
	}},
	{op: "listGenerationHistory", works: func(ctx context.Context, s *scene) error {
		s.connect(s.nova, "sk-example-key-0001")
		id := must(s.nova.StartGeneration(s.ctx(), quay))(s).JobID
		s.settle()
		list, err := collect(s.nova.GenerationHistory(ctx))
		return that(err, len(list) == 1 && list[0].ID == id && list[0].Status == "completed" && must(s.nova.Post(s.ctx(), list[0].PostID))(s).Content == "Look", list)
	}},
	{op: "listGenerationModels", works: func(ctx context.Context, s *scene) error {
		list, err := s.nova.GenerationModels(ctx, "OPENAI", "image")
		return that(err, len(list) > 0 && list[0].IsDefault, list)
	}, fails: []failure{{400, func(ctx context.Context, s *scene) error {
		return only(s.nova.GenerationModels(ctx, "OPENAI", "music"))
	}}}},
	{op: "listVoices", works: func(ctx context.Context, s *scene) error {
		list, err := s.nova.Voices(ctx, "ELEVENLABS")
		return that(err, len(list) > 0 && list[0].ID != "", list)
	}, fails: []failure{{400, func(ctx context.Context, s *scene) error { return only(s.nova.Voices(ctx, "OPENAI")) }}}},
	{op: "retryGeneration", works: func(ctx context.Context, s *scene) error {
		id := s.failed(s.nova)
		s.connect(s.nova, "sk-example-key-0001")
		r, err := s.nova.RetryGeneration(ctx, id)
		return that(err, r.JobID == id && r.Status == "pending" && r.RetryCount == 1, r)
	}, fails: []failure{
		{400, func(ctx context.Context, s *scene) error { // not failed
			s.connect(s.nova, "sk-example-key-0001")
			return only(s.nova.RetryGeneration(ctx, must(s.nova.StartGeneration(s.ctx(), quay))(s).JobID))
		}},
		{400, func(ctx context.Context, s *scene) error { // three times is enough
			id := s.failed(s.nova)
			for range 3 {
				must(s.nova.RetryGeneration(s.ctx(), id))(s)
				s.settle()
			}
			return only(s.nova.RetryGeneration(ctx, id))
		}},
		{403, func(ctx context.Context, s *scene) error { return only(s.nova.RetryGeneration(ctx, s.failed(s.luma))) }},
		{404, func(ctx context.Context, s *scene) error { return only(s.nova.RetryGeneration(ctx, gone)) }},
	}},
}
