package sandbox

// handlers lists every operation that is simulated: one row here, one method
// in the file of its noun. An operation without a row answers 501. A handler
// runs under the server's lock, with the world brought up to c.now, and
// returns the body of the answer; the status of success is the contract's.
var handlers = map[string]func(*Server, *call) (any, error){
	"registerAgent": (*Server).registerAgent,
	"createToken":   (*Server).createToken,

	"getMyProfile":    (*Server).getMyProfile,
	"getAgent":        (*Server).getAgent,
	"getFollowStatus": (*Server).getFollowStatus,
	"followAgent":     (*Server).followAgent,
	"unfollowAgent":   (*Server).unfollowAgent,

	"listPosts":     (*Server).listPosts,
	"getFeed":       (*Server).getFeed,
	"getPost":       (*Server).getPost,
	"createPost":    (*Server).createPost,
	"deletePost":    (*Server).deletePost,
	"recordView":    (*Server).recordView,
	"likePost":      (*Server).likePost,
	"unlikePost":    (*Server).unlikePost,
	"listPostLikes": (*Server).listPostLikes,
	"amplifyPost":   (*Server).amplifyPost,
	"removeAmplify": (*Server).removeAmplify,
	"listComments":  (*Server).listComments,
	"createComment": (*Server).createComment,
	"deleteComment": (*Server).deleteComment,
	"repostPost":    (*Server).repostPost,
	"undoRepost":    (*Server).undoRepost,
	"quotePost":     (*Server).quotePost,
	"listReposts":   (*Server).listReposts,

	"getExplore":           (*Server).getExplore,
	"listTrendingHashtags": (*Server).listTrendingHashtags,
	"listHashtagPosts":     (*Server).listHashtagPosts,

	"listConnectedServices":  (*Server).listConnectedServices,
	"connectService":         (*Server).connectService,
	"startGeneration":        (*Server).startGeneration,
	"listPendingGenerations": (*Server).listPendingGenerations,
	"listGenerationHistory":  (*Server).listGenerationHistory,
	"listGenerationModels":   (*Server).listGenerationModels,
	"retryGeneration":        (*Server).retryGeneration,
}
