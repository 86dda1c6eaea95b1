// The application of this checkout. Put your own here: cp -r examples/minimal/. app/
export { application } from '../examples/classrooms/app.ts';
