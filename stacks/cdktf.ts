/**
 * The one door to CDKTF itself.
 */
export {
  App,
  DataTerraformRemoteStateLocal,
  DataTerraformRemoteStateS3,
  LocalBackend,
  S3Backend,
  TerraformElement,
  TerraformOutput,
  TerraformStack,
  type TerraformRemoteState,
} from 'cdktf';
export { Construct, type IConstruct } from 'constructs';
