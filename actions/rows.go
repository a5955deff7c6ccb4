package actions

import (
	"context"

	"imagined/apiclient"
	"imagined/contract"
	"imagined/state"
)

// row is one kind of action: how to do it, and how to see that it was done.
type row struct {
	op     string // the contract's operation; it says what repeating it does
	target string // what Action.Target names; "" for nothing
	do     do
	// find reads the effect back. nil: nothing shows it, and the action is
	// sent at most once.
	find find
	// check looks at what the action brings along beside target and text,
	// before anything leaves. nil: it brings nothing, so it has no Body.
	check    func(state.Entry) error
	look     bool // what shows the effect may have been there before
	undo     Kind // takes it back; "" when nothing does
	money    bool // spends or moves money
	approval bool // never sent before a person has approved it
	vague    bool // a 409 has other causes, too, and does not say that it was done before
	settle   int  // settle windows to wait; 0 means 1
	attempts int  // how often it may be sent; 0 means maxAttempts
}

type (
	// do sends an action and returns the id of what the platform made.
	do func(ctx context.Context, p *Performer, e state.Entry) (remoteID string, err error)
	// find looks for the effect of an action.
	find func(ctx context.Context, p *Performer, e state.Entry) (finding, error)
)

// rows lists every kind. A kind that is not here cannot be performed. The
// words after a check are the type of Action.Body.
var rows = guarded(map[Kind]row{
	Like:      {op: "likePost", target: aPost, do: doLike, find: findLike, undo: Unlike},
	Unlike:    {op: "unlikePost", target: aPost, do: doUnlike, find: findUnlike, undo: Like},
	Amplify:   {op: "amplifyPost", target: aPost, do: doAmplify, undo: Unamplify},
	Unamplify: {op: "removeAmplify", target: aPost, do: doUnamplify, undo: Amplify},
	View:      {op: "recordView", target: aPost, do: doView}, // its read-back counts the views of all

	Comment:       {op: "createComment", target: aPost, do: doComment, find: findComment, undo: DeleteComment},
	Reply:         {op: "createComment", target: aPost, check: takes[ReplyTo], do: doReply, find: findReply, undo: DeleteComment},
	DeleteComment: {op: "deleteComment", target: aPost, check: slotted, do: doDeleteComment, find: findDeleteComment}, // Slot: the comment

	Post:       {op: "createPost", check: may[apiclient.NewPost], do: doPost, find: findPost, undo: DeletePost},
	DeletePost: {op: "deletePost", target: anOwnPost, do: doDeletePost, find: findDeletePost},
	Repost:     {op: "repostPost", target: aPost, do: doRepost, find: findRepost, undo: UndoRepost},
	UndoRepost: {op: "undoRepost", target: aPost, do: doUndoRepost, find: findUndoRepost, undo: Repost},
	Quote:      {op: "quotePost", target: aPost, do: doQuote, find: findQuote, undo: DeletePost},

	Byte:        {op: "createByte", target: anUpload, do: doByte, find: findByte, undo: DeleteByte},
	DeleteByte:  {op: "deleteByte", target: aByte, do: doDeleteByte, find: findDeleteByte},
	LikeByte:    {op: "likeByte", target: aByte, do: doLikeByte, find: findLikeByte, undo: UnlikeByte},
	UnlikeByte:  {op: "unlikeByte", target: aByte, do: doUnlikeByte, find: findUnlikeByte, undo: LikeByte},
	CommentByte: {op: "createByteComment", target: aByte, check: may[ReplyTo], do: doCommentByte, find: findCommentByte},

	Follow:   {op: "followAgent", target: anAgent, do: doFollow, find: findFollow, undo: Unfollow},
	Unfollow: {op: "unfollowAgent", target: anAgent, do: doUnfollow, find: findUnfollow, undo: Follow},

	FirstMessage:       {op: "startConversation", target: anAgent, do: doFirstMessage, find: findFirstMessage, undo: DeleteMessage},
	Message:            {op: "sendMessage", target: aConversation, do: doMessage, find: findMessage, undo: DeleteMessage},
	DeleteMessage:      {op: "deleteMessage", target: aMessage, do: doDeleteMessage, find: findDeleteMessage},
	ReadConversation:   {op: "markConversationRead", target: aConversation, do: doReadConversation, find: findReadConversation},
	DeleteConversation: {op: "deleteConversation", target: aConversation, do: doDeleteConversation, find: findDeleteConversation},
	ReadNotifications:  {op: "markNotificationsRead", check: takes[apiclient.ReadMark], do: doReadNotifications, find: findReadNotifications},

	// The platform fails a job after 5 minutes, so a start may surface late.
	Generate: {op: "startGeneration", check: hasMedia, do: doGenerate, find: findGeneration, money: true, settle: 6},
	// A retry is part of what its start was allowed to cost. Slot: its number.
	RetryGeneration: {op: "retryGeneration", target: aJob, check: numbered, do: doRetry, find: findRetry, vague: true},
	// A file may take the client 5 minutes to send.
	UploadImage: {op: "uploadImage", check: takes[File], do: doUploadImage, find: findUpload, undo: DeleteMedia, settle: 10},
	UploadVideo: {op: "uploadVideo", check: takes[File], do: doUploadVideo, find: findUpload, undo: DeleteMedia, settle: 10},
	DeleteMedia: {op: "deleteMedia", target: anUpload, do: doDeleteMedia, find: findDeleteMedia},

	CreateService: {op: "createService", check: takes[apiclient.NewService], do: doCreateService, find: findCreateService, undo: DeleteService},
	UpdateService: {op: "updateService", target: aService, check: takes[apiclient.ServiceUpdate], do: doUpdateService, find: findUpdateService},
	DeleteService: {op: "deleteService", target: aService, do: doDeleteService, find: findDeleteService},

	// Text of an order: the requirements; of a delivery: the deliverables.
	Order:           {op: "placeOrder", target: aService, check: takes[Purchase], do: doOrder, find: findOrder, undo: CancelOrder, money: true, approval: true, attempts: 1},
	StartOrder:      {op: "updateOrder", target: anOrder, do: doStep("start"), find: findStart},
	Deliver:         {op: "updateOrder", target: anOrder, do: doStep("deliver"), find: findDeliver},
	Accept:          {op: "updateOrder", target: anOrder, do: doStep("accept"), find: findState("COMPLETED"), money: true},
	RequestRevision: {op: "updateOrder", target: anOrder, do: doStep("request_revision"), find: findRevision, look: true},
	Dispute:         {op: "updateOrder", target: anOrder, do: doStep("dispute"), find: findState("DISPUTED", "REFUNDED"), money: true},
	CancelOrder:     {op: "updateOrder", target: anOrder, do: doStep("cancel"), find: findState("CANCELLED"), money: true},
	OrderMessage:    {op: "sendOrderMessage", target: anOrder, check: may[apiclient.NewOrderMessage], do: doOrderMessage, find: findOrderMessage},
	Review:          {op: "createReview", target: anOrder, check: takes[apiclient.NewReview], do: doReview, find: findReview},
	Payout:          {op: "requestPayout", target: aPayout, do: doPayout, find: findPayout, money: true, approval: true},
	SetupPayments:   {op: "setupPaymentAccount", check: may[apiclient.NewPaymentAccount], do: doSetupPayments, find: again, money: true},

	Profile:           {op: "updateProfile", check: takes[apiclient.ProfileUpdate], do: doProfile, find: findProfile},
	Avatar:            {op: "uploadAvatar", check: takes[File], do: doAvatar, find: again, undo: DeleteAvatar, settle: 10},
	DeleteAvatar:      {op: "deleteAvatar", do: doDeleteAvatar, find: findDeleteAvatar},
	Capabilities:      {op: "updateCapabilities", check: takes[apiclient.CapabilitiesUpdate], do: doCapabilities, find: findCapabilities, undo: ClearCapabilities},
	ClearCapabilities: {op: "clearCapabilities", do: doClearCapabilities, find: findClearCapabilities},
	Webhook:           {op: "updateWebhook", check: takes[apiclient.WebhookUpdate], do: doWebhook, find: findWebhook, undo: DeleteWebhook},
	DeleteWebhook:     {op: "deleteWebhook", do: doDeleteWebhook, find: findDeleteWebhook},

	ConnectService:    {op: "connectService", target: aProvider, do: doConnect, find: findConnect, undo: DisconnectService},
	UpdateConnection:  {op: "updateConnectedService", target: aProvider, check: takes[apiclient.ConnectedServiceUpdate], do: doUpdateConnection, find: findUpdateConnection},
	DisconnectService: {op: "disconnectService", target: aProvider, do: doDisconnect, find: findDisconnect},
	TestConnection:    {op: "testConnectedService", target: aProvider, do: doTestConnection, find: again},

	// Target: what Body names, for the dedupe key. Text: the description.
	Report: {op: "createReport", target: "agent, post or comment", check: takes[apiclient.NewReport], do: doReport},
})

// What a target is. Where the kind that takes an action back has the same, it
// acts on the same target; else on what was made.
const (
	aPost         = "post"
	anOwnPost     = "own post"
	aByte         = "byte"
	anAgent       = "agent's handle"
	aConversation = "conversation"
	aMessage      = "message"
	aJob          = "generation job"
	anUpload      = "upload"
	aService      = "service"
	anOrder       = "order"
	aPayout       = "payout"
	aProvider     = "provider"
)

// opposites are the pairs of kinds of which one takes the other back.
var opposites = func() map[[2]string]bool {
	pairs := make(map[[2]string]bool)
	for k, r := range rows {
		if r.undo != "" {
			pairs[[2]string{string(k), string(r.undo)}] = true
			pairs[[2]string{string(r.undo), string(k)}] = true
		}
	}
	return pairs
}()

// repeat is what sending the action twice does, by the contract.
func (r row) repeat() contract.Repeat {
	op, _ := contract.Lookup(r.op)
	return op.Repeat
}

// once reports whether a refused repetition means that it was done before.
func (r row) once() bool { return r.repeat() == contract.RepeatRefused && !r.vague }

// sets reports whether the action replaces what an earlier one of its kind set.
func (r row) sets() bool { return r.check != nil && r.repeat() == contract.RepeatHarmless }

// most is how often the action may be sent.
func (r row) most() int {
	if r.attempts > 0 {
		return r.attempts
	}
	return maxAttempts
}
