"""From a source to a model that was judged: what is learned how, fitting, judging."""
