// Stands in the build for react-devtools-core, which Ink imports and lockstep has not.

export default {};
